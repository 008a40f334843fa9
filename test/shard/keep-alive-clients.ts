import { connect, type Socket } from 'node:net'

const HEAD = /^HTTP\/1\.1 200 OK\r\n((?:[^\r\n]+\r\n)*)\r\n/

export interface ClientCounts {
  answered: number
  /** Answers with `Connection: close`. */
  lastAnswers: number
  /** Connections that ended between two requests. */
  endedIdle: number
  /** A request without an answer, a reset, an answer that is not ours; with what had answered on that connection. */
  failures: string[]
}

export interface ClientOptions {
  port: number
  clients: number
  /** Longest pause between two requests of a client, ms. */
  pauseMs: number
  /** Whether clients connect again when their connection was closed. */
  reconnects: boolean
}

/** Clients that ask again and again on connections they keep, and notice whatever goes wrong. */
export class KeepAliveClients {
  readonly counts: ClientCounts = { answered: 0, lastAnswers: 0, endedIdle: 0, failures: [] }
  /** Every client has gone. */
  readonly ended: Promise<unknown>
  readonly #options: ClientOptions
  readonly #connected: Promise<unknown>
  #isStopping = false

  constructor(options: ClientOptions) {
    this.#options = options
    const firsts: Promise<void>[] = []
    this.ended = Promise.all(
      Array.from(
        { length: options.clients },
        (_, i) =>
          new Promise<void>((resolve) => {
            firsts.push(new Promise((first) => void this.#live(i, first).then(resolve)))
          }),
      ),
    )
    this.#connected = Promise.all(firsts)
  }

  /** Resolves when every client has had its first answer. */
  async warm(): Promise<void> {
    await this.#connected
  }

  /** Clients leave after their next answer. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.ended
  }

  async #live(index: number, onFirst: () => void): Promise<void> {
    do await new Promise<void>((onEnd) => new KeepAliveConnection(this, index, this.#options, onFirst, onEnd))
    while (this.#options.reconnects && !this.#isStopping)
    onFirst()
  }

  get isStopping(): boolean {
    return this.#isStopping
  }
}

class KeepAliveConnection {
  readonly #clients: KeepAliveClients
  readonly #options: ClientOptions
  readonly #socket: Socket
  readonly #onFirst: () => void
  readonly #request: string
  #received = ''
  #isWaiting = false
  #isLast = false
  #asked = 0
  /** The body of the latest answer: which thread is at the other end. */
  #peer = 'nobody yet'
  #pause: NodeJS.Timeout | undefined

  constructor(
    clients: KeepAliveClients,
    index: number,
    options: ClientOptions,
    onFirst: () => void,
    onEnd: () => void,
  ) {
    this.#clients = clients
    this.#options = options
    this.#onFirst = onFirst
    this.#request = `GET /${index} HTTP/1.1\r\nHost: localhost\r\n\r\n`
    this.#socket = connect({ port: options.port, host: '127.0.0.1' }, () => this.#ask())
    this.#socket
      .setEncoding('latin1')
      .on('data', (text: string) => this.#read(text))
      .on('end', () => this.#onEnd())
      .on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? error.message))
      .on('close', () => {
        clearTimeout(this.#pause)
        onEnd()
      })
  }

  #ask(): void {
    this.#isWaiting = true
    this.#asked++
    this.#socket.write(this.#request)
  }

  #read(text: string): void {
    this.#received += text
    const head = HEAD.exec(this.#received)
    if (head === null) return
    const [whole, fields = ''] = head
    const length = Number(/^content-length: (\d+)\r$/im.exec(fields)?.[1] ?? Number.NaN)
    if (Number.isNaN(length)) {
      this.#fail(`an answer without length: ${fields}`)
      return
    }
    if (this.#received.length < whole.length + length) return
    this.#peer = this.#received.slice(whole.length)
    this.#received = ''
    this.#isWaiting = false
    this.#clients.counts.answered++
    this.#onFirst()
    this.#isLast = /^connection: close\r$/im.test(fields)
    if (this.#isLast) this.#clients.counts.lastAnswers++
    if (this.#isLast || this.#clients.isStopping) this.#socket.end()
    else this.#pause = setTimeout(() => this.#ask(), Math.random() * this.#options.pauseMs)
  }

  #onEnd(): void {
    clearTimeout(this.#pause)
    if (this.#isWaiting) this.#fail('end')
    else if (!this.#isLast && !this.#clients.isStopping) this.#clients.counts.endedIdle++
    this.#socket.end()
  }

  #fail(what: string): void {
    clearTimeout(this.#pause)
    this.#clients.counts.failures.push(`${what} at request ${this.#asked}, answered by ${this.#peer}`)
    this.#isWaiting = false
    this.#socket.destroy()
  }
}
