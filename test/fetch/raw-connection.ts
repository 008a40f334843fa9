import { connect, type Socket } from 'node:net'
import { type Answer, parseAnswers } from '../support/answers.ts'

/** A connection that sends raw bytes and reads answers; a HEAD's answer has no body. */
export class RawConnection {
  readonly socket: Socket
  text = ''
  #onData: (() => void) | null = null

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.setEncoding('latin1')
    this.socket.on('data', (chunk: string) => {
      this.text += chunk
      this.#onData?.()
    })
    this.socket.on('close', () => this.#onData?.())
    this.socket.on('error', () => {})
  }

  /** Sends a request and reads its whole answer. */
  async exchange(bytes: string): Promise<Answer> {
    this.text = ''
    this.socket.write(bytes, 'latin1')
    await this.until(() => isWhole(this.text))
    return parseAnswers(this.text)[0] as Answer
  }

  /** Settles when what was received, or the end of it, is what is waited for. */
  async until(isReached: () => boolean): Promise<void> {
    while (!isReached() && !this.socket.closed) {
      await new Promise<void>((resolve) => {
        this.#onData = resolve
      })
    }
  }
}

const isWhole = (text: string): boolean => {
  if (!text.includes('\r\n\r\n')) return false
  // RFC 9112, 6.3: these end with their head.
  if (/^HTTP\/1.1 (204|304)/.test(text)) return true
  const end = text.indexOf('\r\n\r\n')
  const length = /\r\nContent-Length: (\d+)/i.exec(text.slice(0, end))?.[1]
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= end + 4 + Number(length)
}
