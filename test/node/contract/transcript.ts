import type http from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** What a program on one of the two implementations was seen to do: bytes on the wire, then notes in order. */
export interface Transcript {
  readonly wire: string
  readonly notes: readonly string[]
}

export type Note = (...parts: unknown[]) => void

export interface Scenario {
  readonly name: string
  readonly options?: http.ServerOptions
  /** Prepares the server; the 'request' handler among other things. */
  readonly serve: (server: http.Server, note: Note) => void
  /** What the client sends, one write after the other; each next one once the server has answered something. */
  readonly send: readonly string[]
  /** The client leaves as soon as this has arrived; else it waits for the server to close or for `until`. */
  readonly until?: RegExp
  /** How the client leaves at `until`. */
  readonly leave?: 'end' | 'destroy'
}

const DATE = /Date: [^\r]+/g

const QUIET_ROUNDS = 30

/** Lets everything that is under way come to rest. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < QUIET_ROUNDS; i++) await new Promise((resolve) => setImmediate(resolve))
}

const converse = (socket: Socket, { send, until, leave = 'destroy' }: Scenario): Promise<string> =>
  new Promise((resolve) => {
    let received = ''
    let sent = 0
    const next = (): void => {
      if (sent < send.length) socket.write(send[sent++] as string, 'latin1')
    }
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (until?.test(received)) {
        if (leave === 'end') socket.end()
        else socket.destroy()
      } else {
        next()
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(received.replace(DATE, 'Date: (now)')))
    next()
  })

/** Runs a scenario on one implementation. */
export const record = async (
  createServer: typeof http.createServer,
  scenario: Scenario,
): Promise<Transcript> => {
  const notes: string[] = []
  const server = createServer(scenario.options ?? {})
  scenario.serve(server, (...parts) => notes.push(parts.map(String).join(' ')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const wire = await converse(connect(port, '127.0.0.1'), scenario)
  await settle()
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
  return { wire, notes }
}
