import type { ResolvedOptions } from '../../options.ts'
import type { TimeoutKind } from '../stats/counters.ts'

/** What a connection waits for the peer to send. */
export type ReadPhase = Exclude<TimeoutKind, 'write'> | 'none'

/**
 * The two clocks of a connection: what the peer should send next, and whether it still takes what we send. Times are
 * ms on the wheel's clock; 0 means no deadline.
 */
export class Deadlines {
  phase: ReadPhase = 'none'
  read = 0
  write = 0
  #takenBytes = 0

  /** Enters a phase. A phase that goes on keeps its deadline: trickled bytes do not move it. */
  enter(phase: ReadPhase, now: number, options: ResolvedOptions): void {
    if (phase === this.phase) return
    this.phase = phase
    const timeoutMs = timeoutOf(phase, options)
    this.read = timeoutMs === 0 ? 0 : now + timeoutMs
  }

  /** A new message: the next phase starts its clock even if it has the same name. */
  restart(): void {
    this.phase = 'none'
    this.read = 0
  }

  /** The read deadline has passed: it fires once. */
  takeRead(): ReadPhase {
    this.read = 0
    return this.phase
  }

  /** Bytes are pending: the peer must take some of them within the write timeout. `takenBytes`: what it took so far. */
  watchWrite(takenBytes: number, now: number, options: ResolvedOptions): void {
    if (options.writeTimeoutMs === 0) return
    this.#takenBytes = takenBytes
    this.write = now + options.writeTimeoutMs
  }

  /** At the write deadline: true when nothing moved since it was set. */
  hasStalled(takenBytes: number): boolean {
    return takenBytes <= this.#takenBytes
  }

  clearWrite(): void {
    this.write = 0
  }

  /** The earlier of both, 0 when neither is set. */
  get next(): number {
    if (this.read === 0) return this.write
    return this.write === 0 ? this.read : Math.min(this.read, this.write)
  }
}

const timeoutOf = (phase: ReadPhase, options: ResolvedOptions): number => {
  switch (phase) {
    case 'idle':
      return options.idleTimeoutMs
    case 'head':
      return options.headTimeoutMs
    case 'body':
      return options.bodyTimeoutMs
    case 'linger':
      return options.lingerTimeoutMs
    case 'none':
      return 0
  }
}
