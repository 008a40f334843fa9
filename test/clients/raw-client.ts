import { connect, type Socket } from 'node:net'

/**
 * One keep-alive connection that sends raw requests and cuts the answers apart by their Content-Length. Just enough
 * of a client to hold thousands of them, and to check every answer.
 */
export class RawClient {
  readonly socket: Socket
  #text = ''
  #waiter: (() => void) | null = null
  #error: Error | null = null

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk: string) => {
      this.#text += chunk
      this.#wake()
    })
    this.socket.on('error', (error) => {
      this.#error = error
      this.#wake()
    })
    this.socket.on('end', () => {
      this.#error ??= new Error('The server closed the connection.')
      this.#wake()
    })
  }

  send(bytes: string): void {
    this.socket.write(bytes, 'latin1')
  }

  /** The next answer: status and body. Rejects when the connection ends first. */
  async answer(): Promise<{ status: number; body: string }> {
    for (;;) {
      const headEnd = this.#text.indexOf('\r\n\r\n')
      if (headEnd >= 0) {
        const head = this.#text.slice(0, headEnd)
        const length = Number(/\r\nContent-Length: (\d+)/.exec(head)?.[1] ?? Number.NaN)
        const end = headEnd + 4 + length
        if (this.#text.length >= end) {
          const body = this.#text.slice(headEnd + 4, end)
          this.#text = this.#text.slice(end)
          return { status: Number(head.slice(9, 12)), body }
        }
      }
      if (this.#error !== null) throw this.#error
      await new Promise<void>((resolve) => {
        this.#waiter = resolve
      })
    }
  }

  close(): void {
    this.socket.destroy()
  }

  #wake(): void {
    const waiter = this.#waiter
    this.#waiter = null
    waiter?.()
  }
}
