import { type Duplex, duplexPair } from 'node:stream'
import type { Engine } from '../../src/engine/server/engine.ts'

/** The client's end of a pair of streams whose other end is attached to an engine. */
export class StreamPeer {
  readonly stream: Duplex
  /** Everything the engine sent, as latin1 text. */
  received = ''
  hasEnded = false
  isClosed = false

  constructor(engine: Engine) {
    const [client, server] = duplexPair()
    this.stream = client
    client.setEncoding('latin1')
    client.on('data', (text: string) => {
      this.received += text
    })
    client.on('end', () => {
      this.hasEnded = true
    })
    server.on('close', () => {
      this.isClosed = true
    })
    engine.attach(server)
  }

  send(text: string): void {
    this.stream.write(text, 'latin1')
  }

  /** Half-closes. */
  end(): void {
    this.stream.end()
  }

  destroy(): void {
    this.stream.destroy()
  }
}
