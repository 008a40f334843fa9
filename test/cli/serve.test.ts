import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../package/packed.ts'
import { Program } from '../package/program.ts'

const CLI = join(ROOT, 'dist/cli.js')

/** Answers at once, or never. */
const app = (body: string): string =>
  `export const handler = (req, res) => (req.path === '/never' ? undefined : res.end('${body}'))`

const start = async (...args: string[]) => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-http-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'app.mjs')
  writeFileSync(file, app('old'))
  const nova = new Program(CLI, {}, ['serve', file, '--port', '0', '--host', '127.0.0.1', ...args])
  const line = await nova.line()
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? line
  return { nova, origin, rewrite: (text: string) => writeFileSync(file, text) }
}

const ask = async (url: string): Promise<string> =>
  (await fetch(url, { headers: { connection: 'close' } })).text()

test('SIGHUP loads the module again, SIGTERM drains and exits with 0', async () => {
  const { nova, origin, rewrite } = await start()
  expect(await ask(origin)).toBe('old')
  rewrite('throw new Error("broken")')
  nova.signal('SIGHUP')
  await expect.poll(() => nova.errors).toMatch(/^Not reloaded, the old threads go on\. Error: broken/)
  rewrite(app('new'))
  nova.signal('SIGHUP')
  expect(await nova.line()).toMatch(/^Reloaded; the old threads drained in \d+ ms/)
  expect(await ask(origin)).toBe('new')
  nova.signal('SIGTERM')
  expect(await nova.line()).toBe('Draining; a second signal ends it at once.')
  expect(await nova.line()).toMatch(/^Drained in \d+ ms: 0 finished, 0 idle closed, 0 aborted\.$/)
  expect(await nova.exitCode).toBe(0)
})

test('a second signal ends it at once, with an exit code that says so', async () => {
  const { nova, origin } = await start()
  const unanswered = expect(ask(`${origin}/never`)).rejects.toThrow()
  await ask(origin)
  nova.signal('SIGINT')
  await nova.line()
  nova.signal('SIGINT')
  expect(await nova.exitCode).toBe(5)
  await unanswered
})

test('requests that are unanswered at the deadline are counted, and the exit code says so', async () => {
  const { nova, origin } = await start('--grace', '200ms')
  const unanswered = expect(ask(`${origin}/never`)).rejects.toThrow()
  await ask(origin)
  nova.signal('SIGTERM')
  await unanswered
  await nova.line()
  expect(await nova.line()).toMatch(/1 aborted\.$/)
  expect(await nova.exitCode).toBe(5)
  expect(nova.errors).toBe('1 requests were not answered.\n')
})

test.each([
  [
    'a module that is not there',
    ['serve', 'nowhere.mjs', '--port', '0'],
    3,
    'nowhere.mjs could not be loaded.',
  ],
  ['an address that this machine has not', ['serve', 'x.mjs', '--host', '192.0.2.1'], 4, 'EADDRNOTAVAIL'],
])('%s has an exit code of its own', async (_name, args, code, message) => {
  const nova = new Program(CLI, {}, args)
  expect(await nova.exitCode).toBe(code)
  expect(nova.errors).toContain(message)
})
