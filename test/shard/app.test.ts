import { expect, test } from 'vitest'
import { loadApp } from '../../src/shard/app.ts'

const load = (text: string) => loadApp(`data:text/javascript,${encodeURIComponent(text)}`, {})

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

test('calls what a module exports as close once it is asked to', async () => {
  const app = await load(
    'export const handler = () => {}; export const close = () => { throw new Error("closed") }',
  )
  await expect(app.close()).rejects.toThrow('closed')
})
