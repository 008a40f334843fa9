import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemdSockets } from '../../src/engine/server/inherited-sockets.ts'
import { createEngine, type NovaError } from '../../src/index.ts'
import { sendRaw } from '../clients/raw.ts'
import { bodiesOf, get } from '../support/answers.ts'

interface Listening {
  readonly server: Server
  readonly fd: number
  readonly port: number
}

const listen = async (): Promise<Listening> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle
  return { server, fd, port: (server.address() as { port: number }).port }
}

/** What the child says: where it listens, or why not. */
type Outcome = { address: { port: number } } | Pick<NovaError, 'code' | 'message'>

/** Starts a child as systemd would, with the sockets from descriptor 3 on. */
const activate = async (sockets: readonly Listening[], env: NodeJS.ProcessEnv): Promise<Outcome> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'systemd-child.mjs')], {
    env: { ...process.env, LISTEN_FDS: String(sockets.length), ...env },
    stdio: ['ignore', 'inherit', 'inherit', ...sockets.map(({ fd }) => fd), 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [outcome] = await once(child, 'message')
  return outcome as Outcome
}

test('the first socket of systemd is served', async () => {
  const socket = await listen()
  expect(await activate([socket], {})).toMatchObject({ address: { port: socket.port } })
  socket.server.close()
  const [body = ''] = bodiesOf(await sendRaw(socket.port, get('/', 'Connection: close\r\n')))
  expect(JSON.parse(body)).toEqual([{ fd: 3, name: '' }])
})

test('a socket of systemd is found by its name', async () => {
  const [admin, web] = [await listen(), await listen()]
  const env = { LISTEN_FDNAMES: 'admin:web', WANTED: 'web' }
  expect(await activate([admin, web], env)).toMatchObject({ address: { port: web.port } })
})

test('a name that systemd does not know is an error that lists the others', async () => {
  const outcome = await activate([await listen()], { LISTEN_FDNAMES: 'web', WANTED: 'api' })
  expect(outcome).toMatchObject({
    code: 'NO_INHERITED_SOCKET',
    message: expect.stringMatching(/api; known: web\.$/),
  })
})

test('sockets for another process are not taken', async () => {
  const outcome = await activate([await listen()], { LISTEN_FOR: '1' })
  expect(outcome).toMatchObject({ code: 'NO_INHERITED_SOCKET' })
})

test('without systemd there are none, and listening on one rejects', async () => {
  expect(systemdSockets()).toEqual([])
  const engine = createEngine({}, () => {})
  await expect(engine.listen({ systemd: true })).rejects.toMatchObject({ code: 'NO_INHERITED_SOCKET' })
  await engine.listen({ host: '127.0.0.1' })
  await engine.drain()
})
