import { NovaError } from '../errors.ts'
import { ClientConnection, type ConnectionContext, type ConnectionOwner } from './client-connection.ts'

/** Decides what is sent. */
export interface LoadDriver {
  onRoom(connection: ClientConnection, now: number): void
  /** A request that was not processed; it is sent again. */
  onUnanswered(intendedMs: number): void
  /** Lets nothing become due after `now`. */
  stop(now: number): void
  /** Fails what is due and was not sent. */
  giveUp(now: number): void
}

/** Listening sockets queue this many connections and more; beyond, the kernel makes clients wait for a second. */
const MAX_OPENING = 100
const SWEEP_MS = 20
const FIRST_PAUSE_MS = 10
const MAX_PAUSE_MS = 1_000

/** Keeps a number of connections open: opens them, replaces those that close, and holds the timeout of requests. */
export class ConnectionPool implements ConnectionOwner {
  readonly #context: ConnectionContext
  readonly #driver: LoadDriver
  readonly #timeoutMs: number
  readonly #slots: (ClientConnection | null)[]
  readonly #slotOf = new Map<ClientConnection, number>()
  /** How often each slot's connection has closed in a row without one response. */
  readonly #futile: Uint8Array
  #untried: number
  #opening = 0
  #hasOpened = false
  #isClosed = false
  #cancelSweep = (): void => {}
  #settleOpen: (error: NovaError | null) => void = () => {}

  constructor(context: ConnectionContext, driver: LoadDriver, connections: number, timeoutMs: number) {
    this.#context = context
    this.#driver = driver
    this.#timeoutMs = timeoutMs
    this.#slots = new Array(connections).fill(null)
    this.#futile = new Uint8Array(connections)
    this.#untried = connections
  }

  /**
   * Opens the connections, spread over `rampMs`; resolves when each was tried. Rejects with TARGET_DOWN when the first
   * cannot be opened.
   */
  open(rampMs: number): Promise<void> {
    this.#sweep()
    return new Promise((resolve, reject) => {
      this.#settleOpen = (error) => {
        if (error === null) resolve()
        else reject(error)
      }
      const { clock } = this.#context
      const startMs = clock.now()
      const total = this.#slots.length
      const openDue = (): void => {
        if (this.#isClosed) {
          resolve()
          return
        }
        const share = rampMs === 0 ? 1 : Math.min(1, (clock.now() - startMs) / rampMs)
        const due = this.#hasOpened ? Math.max(1, Math.ceil(share * total)) : 1
        while (total - this.#untried < due && this.#opening < MAX_OPENING)
          this.#openSlot(total - this.#untried--)
        if (this.#untried > 0) clock.after(1, openDue)
      }
      openDue()
    })
  }

  /** Fails everything that is not answered. */
  giveUp(): void {
    const now = this.#context.clock.now()
    for (const connection of this.#slots) connection?.timeOut(now)
    this.#driver.giveUp(now)
  }

  /** Closes all connections; nothing is told about them any more. */
  close(): void {
    this.#isClosed = true
    this.#cancelSweep()
    for (const connection of this.#slots) connection?.abandon()
    this.#settleOpen(null)
  }

  onRoom(connection: ClientConnection, now: number): void {
    if (connection.sent === 0) this.#onSettled(true)
    else if (connection.sent === 1 && connection.hasAnswered)
      this.#futile[this.#slotOf.get(connection) as number] = 0
    this.#driver.onRoom(connection, now)
  }

  onUnanswered(intendedMs: number): void {
    this.#driver.onUnanswered(intendedMs)
  }

  onGone(connection: ClientConnection, hasOpened: boolean, now: number): void {
    const slot = this.#slotOf.get(connection) as number
    this.#slotOf.delete(connection)
    this.#slots[slot] = null
    if (!hasOpened && !this.#hasOpened) {
      this.#giveUp(connection)
      return
    }
    if (!hasOpened) {
      this.#context.recorder.onStrayFailure('connect', now)
      this.#onSettled(false)
    }
    if (connection.hasAnswered) this.#openSlot(slot)
    else this.#openLater(slot)
  }

  /** A target that does not serve is not hammered. */
  #openLater(slot: number): void {
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#futile[slot] as number))
    if (pauseMs < MAX_PAUSE_MS) (this.#futile[slot] as number)++
    this.#context.clock.after(pauseMs, () => this.#openSlot(slot))
  }

  #openSlot(slot: number): void {
    if (this.#isClosed) return
    this.#opening++
    const connection = new ClientConnection(this.#context, this)
    this.#slots[slot] = connection
    this.#slotOf.set(connection, slot)
  }

  #onSettled(isOpen: boolean): void {
    this.#opening--
    this.#hasOpened ||= isOpen
    if (this.#untried === 0 && this.#opening === 0) this.#settleOpen(null)
  }

  #giveUp(connection: ClientConnection): void {
    const why = connection.error?.message ?? `no connection within ${this.#timeoutMs} ms`
    this.#settleOpen(new NovaError('TARGET_DOWN', `The target cannot be reached: ${why}`))
    this.close()
  }

  #sweep(): void {
    if (this.#isClosed) return
    const { clock } = this.#context
    const now = clock.now()
    for (const connection of this.#slots) connection?.expire(now - this.#timeoutMs, now)
    this.#cancelSweep = clock.after(SWEEP_MS, () => this.#sweep())
  }
}
