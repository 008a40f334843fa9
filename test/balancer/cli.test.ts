import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { sendRaw } from '../clients/raw.ts'
import { ROOT } from '../package/packed.ts'
import { Program } from '../package/program.ts'
import { appPath } from '../shard/built.ts'
import { bodiesOf, get } from '../support/answers.ts'

const CLI = join(ROOT, 'dist/cli.js')
const WHO_ASKS = new URL('apps/who-asks.mjs', import.meta.url).pathname
const ASK = get('/', 'Connection: close\r\n')

const portOf = (line: string): number => Number(/:(\d+)\/ /.exec(line)?.[1])

test('nova serve --proxy-protocol takes the address of the client from peers that are trusted', async () => {
  const nova = new Program(CLI, {}, [
    ...['serve', WHO_ASKS, '--port', '0', '--host', '127.0.0.1', '--proxy-protocol', '10.0.0.0/8,127.0.0.1'],
  ])
  const port = portOf(await nova.line())
  expect(bodiesOf(await sendRaw(port, `PROXY TCP4 192.0.2.7 198.51.100.1 1234 443\r\n${ASK}`))).toEqual([
    '192.0.2.7',
  ])
  expect(await sendRaw(port, ASK)).toMatch(/^HTTP\/1\.1 400 /)
  nova.signal('SIGTERM')
  expect(await nova.exitCode).toBe(0)
})

test.each([
  ['peers that are no addresses', [WHO_ASKS, '--proxy-protocol', '10.0.0.0/99'], 2, /10\.0\.0\.0\/99/],
  [
    'a listener of node:http',
    [appPath('listener.mjs'), '--proxy-protocol', '::1'],
    3,
    /without proxyProtocol/,
  ],
  ['a socket that systemd has not passed', [WHO_ASKS, '--systemd'], 4, /systemd has passed no/],
  [
    'a port beside the socket of systemd',
    [WHO_ASKS, '--systemd=web', '--port', '80'],
    2,
    /cannot be used with/,
  ],
])('nova serve refuses %s', async (_name, args, code, message) => {
  const nova = new Program(CLI, {}, ['serve', ...args])
  expect(await nova.exitCode).toBe(code)
  expect(nova.errors).toMatch(message)
})

describe.skipIf(process.platform === 'win32')('nova serve --systemd', () => {
  const activate = async (socket: Server) => {
    await once(socket, 'listening')
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle
    // As systemd does it, with the id of the process that it starts.
    const script = 'LISTEN_PID=$$ exec "$0" "$@"'
    const args = ['serve', WHO_ASKS, '--shards', '2', '--systemd', 'web']
    const nova = spawn('sh', ['-c', script, process.execPath, CLI, ...args], {
      env: { ...process.env, LISTEN_FDS: '2', LISTEN_FDNAMES: 'other:web' },
      stdio: ['ignore', 'pipe', 'pipe', 'ignore', fd],
    })
    onTestFinished(() => {
      nova.kill('SIGKILL')
      socket.close()
    })
    return {
      nova,
      line: createInterface({ input: nova.stdout as Readable })
        [Symbol.asyncIterator]()
        .next(),
    }
  }

  test('serves the socket of that name, on all shards', async () => {
    const socket = createServer().listen(0, '127.0.0.1')
    const { nova, line } = await activate(socket)
    const { port } = socket.address() as AddressInfo
    expect(portOf((await line).value)).toBe(port)
    socket.close()
    for (let i = 0; i < 4; i++) expect(bodiesOf(await sendRaw(port, ASK))).toEqual(['127.0.0.1'])
    nova.kill('SIGTERM')
    expect(await once(nova, 'exit')).toEqual([0, null])
  })

  test('says that it does not serve a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nova-http-systemd-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const { nova } = await activate(createServer().listen(join(folder, 'http.sock')))
    const errors = text(nova.stderr as Readable)
    expect(await once(nova, 'exit')).toEqual([2, null])
    expect(await errors).toMatch(/Descriptor 4: shards do not listen on unix sockets/)
  })
})
