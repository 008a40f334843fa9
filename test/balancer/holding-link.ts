import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { onTestFinished } from 'vitest'

/** A line between clients and a server that can hold back what the server sends: a slow network, as slow as needed. */
export class HoldingLink {
  /** How often a client has sent something. */
  sends = 0
  /** How often the server has ended its side of a connection. */
  ends = 0
  readonly #server: Server
  /** What comes from the server, and for whom. */
  readonly #lines = new Map<PassThrough, Socket>()

  private constructor(target: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
      const back = new PassThrough()
      this.#lines.set(back, client)
      client.on('data', () => this.sends++)
      server.on('end', () => this.ends++)
      for (const socket of [client, server]) {
        socket.on('error', () => {})
        socket.on('close', () => {
          for (const other of [client, server]) other.destroy()
          this.#lines.delete(back)
        })
      }
      client.pipe(server).pipe(back).pipe(client)
    })
  }

  /** For the running test. */
  static async to(port: number): Promise<HoldingLink> {
    const link = new HoldingLink(port)
    link.#server.listen(0, '127.0.0.1')
    onTestFinished(() => void link.#server.close())
    await once(link.#server, 'listening')
    return link
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** What the server sends, its end included, does not arrive any more. */
  hold(): void {
    for (const [back, client] of this.#lines) back.unpipe(client)
  }

  release(): void {
    for (const [back, client] of this.#lines) back.pipe(client)
  }
}
