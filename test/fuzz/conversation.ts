import type { Request } from '../../src/engine/message/request.ts'
import type { Handler } from '../../src/engine/server/engine.ts'
import { NovaError } from '../../src/errors.ts'
import type { EngineOptions } from '../../src/options.ts'
import { type Answer, parseAnswers } from '../support/answers.ts'
import { MemoryServer, settle } from '../support/memory-server.ts'
import type { MemoryTransport } from '../support/memory-transport.ts'
import { withoutDate } from '../support/wire.ts'
import { PLANNED } from './handlers.ts'

/** How the client ends: it half-closes, says nothing more, or is gone. */
export type Ending = 'halfClose' | 'silence' | 'reset'

export interface Conversation {
  /** Everything the server sent, without dates and interim responses. */
  text: string
  /** Method and target of every request that was handled, in order. */
  handled: string[]
  /** The last answer was broken off. */
  isTorn: boolean
  answers: Answer[]
}

/** Turns of the event loop a connection gets before it counts as stuck. */
const PATIENCE = 300
/** Longer than every timeout, in steps that let what each sets off happen. */
const STEP_MS = 61_000
const STEPS = 40
/** Turns of the event loop, more than any handler rests at once. */
const CALM = 6

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/** An engine in memory that serves one connection after another and is checked after each. */
export class Conversations {
  readonly #options: EngineOptions
  #server: MemoryServer
  #handler: Handler = () => {}
  #handled: string[] = []
  #steps = 0

  constructor(options: EngineOptions) {
    this.#options = options
    this.#server = this.#create()
  }

  #create(): MemoryServer {
    return new MemoryServer((req, res) => {
      this.#step()
      const settlement = this.#handler(req, res)
      if (settlement instanceof Promise) settlement.then(this.#step, this.#step)
      return settlement
    }, this.#options)
  }

  /** A handler begins or ends. */
  readonly #step = (): void => {
    this.#steps++
  }

  /** Notes a request; returns its place among those of its connection. */
  readonly indexOf = (req: Request): number => this.#handled.push(`${req.method} ${req.target}`) - 1

  /**
   * Sends pieces, one per turn when `isSlow`, ends, and lets time pass until the connection is gone. Throws on a broken
   * promise, of which the next conversation must not suffer.
   */
  async hold(
    handler: Handler,
    pieces: readonly string[],
    ending: Ending,
    isSlow: boolean,
  ): Promise<Conversation> {
    this.#handler = handler
    this.#handled = []
    this.#server.errors.length = 0
    try {
      const peer = this.#server.connect()
      await send(peer, pieces, isSlow)
      await this.#end(peer, ending)
      this.#checkRest()
      return this.#read(withoutDate(peer.written).replaceAll(CONTINUE, ''))
    } catch (error) {
      this.#server = this.#create()
      throw error
    }
  }

  async #end(peer: MemoryTransport, ending: Ending): Promise<void> {
    const server = this.#server
    await this.#calmDown()
    if (ending === 'halfClose' && !peer.isDestroyed) peer.endInput()
    if (ending === 'reset') peer.close(new Error('ECONNRESET'))
    await this.#calmDown()
    for (let i = 0; i < STEPS && server.stats.connections.open > 0; i++) {
      server.clock.advance(STEP_MS)
      await settle(2)
    }
    await this.#calmDown()
  }

  /** Lets handlers go on until none has for longer than any of them rests. */
  async #calmDown(): Promise<void> {
    for (let seen = -1; seen !== this.#steps; ) {
      seen = this.#steps
      await settle(CALM)
    }
  }

  #checkRest(): void {
    const { errors, stats } = this.#server
    const { connections, exchanges, parked, deadlines } = stats
    const left = { open: connections.open, live: exchanges.live + parked.live, deadlines }
    if (left.open + left.live + left.deadlines > 0)
      throw new Error(`Something is left: ${JSON.stringify(left)}`)
    for (const error of errors) {
      const isPlanned = error instanceof Error && error.message === PLANNED
      if (!isPlanned && !(error instanceof NovaError)) throw error
    }
  }

  /** Every answer but a last refusal belongs to the request of its place. */
  #read(text: string): Conversation {
    const handled = this.#handled
    const headAt = handled.flatMap((line, i) => (line.startsWith('HEAD ') ? [i] : []))
    const { answers, isTorn } = readAnswers(text, headAt, handled.length)
    answers.forEach(({ fields, body, status }, i) => {
      const index = fields['x-index']
      if (index === String(i)) return
      const isLast = i === answers.length - 1
      const isRefusal =
        index === undefined && /^([A-Z_0-9]+: .*\n)?$/.test(body) && fields['connection'] === 'close'
      const isFailure = status >= 400 && i < handled.length && index === undefined
      if (!isFailure && !(isLast && isRefusal)) {
        throw new Error(
          `Answer ${i} is not that to request ${i}: ${JSON.stringify({ status, fields, body })}`,
        )
      }
    })
    if (answers.length > handled.length + 1) throw new Error('There are more answers than requests.')
    return { text, handled, isTorn, answers }
  }
}

const send = async (peer: MemoryTransport, pieces: readonly string[], isSlow: boolean): Promise<void> => {
  for (const piece of pieces) {
    for (let i = 0; peer.isPaused && !peer.isEnded && !peer.isDestroyed; i++) {
      if (i === PATIENCE) throw new Error('The connection is stuck.')
      await settle(1)
    }
    if (peer.isEnded || peer.isDestroyed) return
    peer.receive(piece)
    if (isSlow) await settle(1)
  }
}

/**
 * A connection that broke off in the middle of an answer leaves a torn one, which is left out. A HEAD that was refused
 * reached no handler: where its refusal cannot be read with content, it is read without.
 */
const readAnswers = (
  text: string,
  headAt: readonly number[],
  next: number,
): Pick<Conversation, 'answers' | 'isTorn'> => {
  for (const positions of [headAt, [...headAt, next]]) {
    try {
      return { answers: parseAnswers(text, positions), isTorn: false }
    } catch {
      // The next way of reading it, or none.
    }
  }
  const lastHead = Math.max(0, text.lastIndexOf('HTTP/1.1 '))
  return { answers: parseAnswers(text.slice(0, lastHead), headAt), isTorn: true }
}
