import { DurationCounter, wholeUs } from './durations.ts'
import { FAILURE_KINDS, type FailureKind } from './failure-kinds.ts'
import { TimelineCounter } from './timeline.ts'

const STATUSES = 1000

const zeroFailures = (): Record<FailureKind, number> =>
  Object.fromEntries(FAILURE_KINDS.map((kind) => [kind, 0])) as Record<FailureKind, number>

/**
 * Counts what happens to the requests that are due in the measured window, and only to those: warm-up before it and
 * what follows it leave no trace.
 */
export class Recorder {
  readonly latency = new DurationCounter()
  readonly serviceTime = new DurationCounter()
  readonly scheduleLag = new DurationCounter()
  readonly timeline = new TimelineCounter()
  readonly errors = zeroFailures()
  readonly #statuses = new Uint32Array(STATUSES)
  /** Ms on the run's clock; nothing is in a window that was not set. */
  fromMs = Number.POSITIVE_INFINITY
  untilMs = Number.POSITIVE_INFINITY
  intended = 0
  good = 0
  failed = 0
  resent = 0
  completedInWindow = 0
  connectionsOpened = 0
  bytesSent = 0
  bytesReceived = 0

  isDue(intendedMs: number): boolean {
    return intendedMs >= this.fromMs && intendedMs < this.untilMs
  }

  get unfinished(): number {
    return this.intended - this.good - this.failed
  }

  get statuses(): Record<string, number> {
    const counts: Record<string, number> = {}
    this.#statuses.forEach((count, status) => {
      if (count > 0) counts[status] = count
    })
    return counts
  }

  /** A request is due. Called once for each, also when it is never sent. */
  onIntended(intendedMs: number): void {
    if (this.isDue(intendedMs)) this.intended++
  }

  onLag(intendedMs: number, now: number): void {
    if (this.isDue(intendedMs)) this.scheduleLag.record(wholeUs(now - intendedMs))
  }

  onResent(intendedMs: number): void {
    if (this.isDue(intendedMs)) this.resent++
  }

  onConnection(now: number): void {
    if (this.isDue(now)) this.connectionsOpened++
  }

  onSent(bytes: number, now: number): void {
    if (this.isDue(now)) this.bytesSent += bytes
  }

  onReceived(bytes: number, now: number): void {
    if (this.isDue(now)) this.bytesReceived += bytes
  }

  /** A response is complete; `failure` says what is wrong with it. */
  onResponse(
    intendedMs: number,
    sentMs: number,
    now: number,
    status: number,
    failure: FailureKind | null,
  ): void {
    const latencyUs = wholeUs(now - intendedMs)
    if (this.isDue(now)) {
      this.completedInWindow++
      if (failure === null) this.timeline.record(latencyUs)
      else this.timeline.fail()
    }
    if (!this.isDue(intendedMs)) return
    ;(this.#statuses[status] as number)++
    if (failure !== null) {
      this.failed++
      this.errors[failure]++
      return
    }
    this.good++
    this.latency.record(latencyUs)
    this.serviceTime.record(sentMs === intendedMs ? latencyUs : wholeUs(now - sentMs))
  }

  /** A request has failed without a response that is complete. */
  onFailure(intendedMs: number, now: number, failure: FailureKind): void {
    if (this.isDue(now)) this.timeline.fail()
    if (!this.isDue(intendedMs)) return
    this.failed++
    this.errors[failure]++
    // They waited at least this long; leaving the slowest out would make the others look good.
    if (failure === 'timeout' || failure === 'unsent') this.latency.record(wholeUs(now - intendedMs))
  }

  /** A connection has failed that had no request to fail with it. */
  onStrayFailure(failure: FailureKind, now: number): void {
    if (!this.isDue(now)) return
    this.errors[failure]++
    this.timeline.fail()
  }
}
