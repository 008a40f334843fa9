import { expect, test } from 'vitest'
import type { ServerOptions } from '../../src/engine/server/engine.ts'
import { loadApp } from '../../src/shard/app.ts'

const load = (text: string, options: ServerOptions = {}) =>
  loadApp(`data:text/javascript,${encodeURIComponent(text)}`, options)

test.each([
  'export const handler = () => {}',
  'export const listener = () => {}',
  'export const fetch = () => new Response()',
  'export default { fetch: () => new Response() }',
  'export default Object.assign(() => {}, { fetch: () => new Response() })',
  'export const options = { idleTimeoutMs: 1 }; export const handler = () => {}',
])('serves %s', async (text) => {
  const app = await load(text)
  expect(app.stats()).toMatchObject({ requests: 0 })
  expect(await app.drain({})).toMatchObject({ finished: 0, aborted: 0 })
})

test.each([
  ['export const name = 1', 'it exports name'],
  ['', 'it exports nothing'],
  ['export default () => {}', 'it exports default'],
  ['export const handler = "no function"', 'it exports handler'],
])('refuses %s', async (text, message) => {
  await expect(load(text)).rejects.toMatchObject({
    code: 'APP_INVALID',
    message: expect.stringContaining(message),
  })
})

test('checks the options that a module exports', async () => {
  const text = 'export const options = { idleTimeoutMs: -1 }; export const handler = () => {}'
  await expect(load(text)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
})

test.each([
  ['what the engine is told', {}, { idleTimeoutMs: 75_000, proxyProtocol: { trusted: ['unix'] } }],
  [
    'options of an engine that it exports',
    { keepAliveTimeout: 1, idleTimeoutMs: 75_000, proxyProtocol: {} },
    {},
  ],
])('a listener does not drop %s without a word', async (_name, exported, given) => {
  const text = `export const options = ${JSON.stringify(exported)}; export const listener = () => {}`
  await expect(load(text, given)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('without idleTimeoutMs, proxyProtocol:'),
  })
})

test.each(['handler', 'fetch'])('%s is served with what the engine is told', async (kind) => {
  const trusted = ['nonsense']
  await expect(load(`export const ${kind} = () => {}`, { proxyProtocol: { trusted } })).rejects.toMatchObject(
    {
      code: 'OPTION_INVALID',
      message: expect.stringContaining('nonsense'),
    },
  )
})

test('a listener is served with options of http.createServer', async () => {
  const app = await load('export const options = { keepAliveTimeout: 1 }; export const listener = () => {}')
  await app.drain({})
})

test('calls what a module exports as close once it is asked to', async () => {
  const app = await load(
    'export const handler = () => {}; export const close = () => { throw new Error("closed") }',
  )
  await expect(app.close()).rejects.toThrow('closed')
})
