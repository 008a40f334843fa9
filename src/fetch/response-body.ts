type Step = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>>

/**
 * The stream of a response as `response.stream()` reads it. Two pieces are asked for at once: a body that has been
 * there all along is then known to be whole before its head is sent.
 */
export class StreamedBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #asked: Promise<Step>[]
  #first: Uint8Array | null = null
  /** True once the end was seen among the first two reads, or one of them failed. */
  isOver = false
  #isWhole = false

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader()
    const first = this.#reader.read()
    const second = this.#reader.read()
    this.#asked = [first, second]
    const fail = (): void => {
      this.isOver = true
    }
    const look = (step: Step): void => {
      if (step.done) {
        this.isOver = true
        this.#isWhole = true
      } else {
        this.#first ??= step.value
      }
    }
    first.then(look, fail)
    second.then(look, fail)
  }

  /** The whole body when it has come already, else null. */
  get whole(): Uint8Array | null {
    return this.#isWhole ? (this.#first ?? new Uint8Array(0)) : null
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { done, value } = await (this.#asked.shift() ?? this.#reader.read())
    return done ? { done, value: undefined } : { done, value }
  }

  /** The client has left: the source is told at once, not when its next piece comes. */
  destroy(): void {
    this.#reader.cancel().catch(() => {})
  }
}
