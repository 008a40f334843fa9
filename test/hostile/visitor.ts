import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A client that does what it likes with its connection, and keeps what it was told. Never closes by itself. */
export class Visitor {
  readonly socket: Socket
  text = ''
  /** Settles when the server has closed its side, or broken the connection off. */
  readonly ended: Promise<void>

  /** `source` is the client's own address: any of 127.0.0.0/8. */
  constructor(port: number, source = '127.0.0.1') {
    this.socket = connect({ port, host: '127.0.0.1', localAddress: source, allowHalfOpen: true })
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk: string) => {
      this.text += chunk
    })
    // A client that broke off itself, or was broken off, hears of it; the server's counters say how it went.
    this.socket.on('error', () => {})
    this.ended = new Promise((resolve) => {
      this.socket.once('end', resolve).once('close', () => resolve())
    })
  }

  /** Settles when the connection stands. */
  get connected(): Promise<unknown> {
    return once(this.socket, 'connect')
  }

  send(bytes: string): void {
    this.socket.write(bytes, 'latin1')
  }

  /** Status codes of everything that was answered so far, in order. */
  get statuses(): number[] {
    return Array.from(this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status))
  }

  /** Half-closes. */
  finish(): void {
    this.socket.end()
  }

  /** Sends RST, which leaves no TIME_WAIT behind. */
  reset(): void {
    this.socket.resetAndDestroy()
  }
}

/** `count` visitors for the running test. */
export const visit = async (port: number, count: number): Promise<Visitor[]> => {
  const visitors = Array.from({ length: count }, () => new Visitor(port))
  onTestFinished(() => {
    for (const { socket } of visitors) socket.destroy()
  })
  await Promise.all(visitors.map((visitor) => visitor.connected))
  return visitors
}
