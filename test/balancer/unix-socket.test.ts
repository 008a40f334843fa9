import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createEngine, type Engine } from '../../src/engine/server/engine.ts'
import { sendRaw } from '../clients/raw.ts'
import { bodiesOf, get } from '../support/answers.ts'

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-unix-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const engineFor = (): Engine => {
  const engine = createEngine({}, (_req, res) => res.end('served'))
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
  })
  return engine
}

const ask = async (path: string): Promise<string[]> =>
  bodiesOf(await sendRaw(path, get('/', 'Connection: close\r\n')))

/** Leaves the file of a listening process that was killed. */
const leaveStaleSocket = async (path: string): Promise<void> => {
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.send('up'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  await once(child, 'message')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

test('the socket file of a process that was killed is replaced', async () => {
  const path = join(folderForTest(), 'socket')
  await leaveStaleSocket(path)
  expect(existsSync(path)).toBe(true)
  await engineFor().listen({ path })
  expect(await ask(path)).toEqual(['served'])
})

test('a socket that is served stays with its server', async () => {
  const path = join(folderForTest(), 'socket')
  await engineFor().listen({ path })
  await expect(engineFor().listen({ path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(await ask(path)).toEqual(['served'])
})

test('a file that is no socket is left alone', async () => {
  const path = join(folderForTest(), 'file')
  writeFileSync(path, 'precious')
  await expect(engineFor().listen({ path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(statSync(path).size).toBe(8)
})

test.each([0o600, 0o660, 0o777])('mode %o is that of the file', async (mode) => {
  const path = join(folderForTest(), 'socket')
  await engineFor().listen({ path, mode })
  expect(statSync(path).mode & 0o777).toBe(mode)
  expect(await ask(path)).toEqual(['served'])
})

test.each([{ mode: 0o660 }, { path: '/tmp/x', mode: 0o1000 }, { path: '/tmp/x', mode: 1.5 }])(
  'listen(%o) is refused',
  async (options) => {
    await expect(engineFor().listen(options)).rejects.toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(/^Option mode/),
    })
  },
)

test('a drain while a stale file is looked at leaves nothing bound', async () => {
  const path = join(folderForTest(), 'socket')
  await leaveStaleSocket(path)
  const engine = engineFor()
  const listening = engine.listen({ path }).catch((error) => error.code)
  await engine.drain({ graceMs: 0 })
  expect(['ENGINE_DRAINED', 'NOT_LISTENING']).toContain(await listening)
  await expect(ask(path)).rejects.toThrow()
})
