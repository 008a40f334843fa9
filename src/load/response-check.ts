import type { FailureKind } from './failure-kinds.ts'

const FIRST_ERROR_STATUS = 400

/** Says whether responses are as expected. One serves every connection of a thread: a response's place is its caller's. */
export class ResponseCheck {
  /** Null: every status below 400. */
  readonly #statuses: ReadonlySet<number> | null
  /** Null: any. */
  readonly #body: Buffer | null

  constructor(statuses: readonly number[] | null, body: string | null) {
    this.#statuses = statuses === null ? null : new Set(statuses)
    this.#body = body === null ? null : Buffer.from(body, 'utf8')
  }

  ofStatus(status: number): FailureKind | null {
    const isExpected = this.#statuses === null ? status < FIRST_ERROR_STATUS : this.#statuses.has(status)
    return isExpected ? null : 'status'
  }

  /** Whether bytes[start, end) may stand at `offset` of a body. */
  isBodyPart(offset: number, bytes: Buffer, start: number, end: number): boolean {
    const body = this.#body
    if (body === null) return true
    const stop = offset + end - start
    return stop <= body.length && bytes.compare(body, offset, stop, start, end) === 0
  }

  /** Whether a body whose parts were right may end after `length` bytes. */
  isBodyLength(length: number): boolean {
    return this.#body === null || this.#body.length === length
  }
}
