import { type Exchange, endedExchange } from './exchange.ts'

/**
 * The fields of a request, in the order and case they were sent. Values are decoded when asked for, as latin1
 * (RFC 9110, 5.5). Valid as long as its request.
 */
export class RequestHeaders implements Iterable<[name: string, value: string]> {
  readonly #exchange: Exchange
  readonly #generation: number

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    this.#generation = exchange.generation
  }

  #head() {
    if (this.#exchange.generation !== this.#generation) throw endedExchange()
    return this.#exchange.head
  }

  /** Number of field lines. */
  get size(): number {
    return this.#head().fieldCount
  }

  /** The value, repeated fields joined with ', ' (Cookie with '; '); undefined when absent. Any case finds it. */
  get(name: string): string | undefined {
    const head = this.#head()
    const lower = name.toLowerCase()
    let i = head.find(lower)
    if (i < 0) return undefined
    let value = head.value(i)
    for (i = head.find(lower, i + 1); i >= 0; i = head.find(lower, i + 1)) {
      value += (lower === 'cookie' ? '; ' : ', ') + head.value(i)
    }
    return value
  }

  /** Every value of a repeated field, in order. */
  getAll(name: string): string[] {
    const head = this.#head()
    const lower = name.toLowerCase()
    const values: string[] = []
    for (let i = head.find(lower); i >= 0; i = head.find(lower, i + 1)) values.push(head.value(i))
    return values
  }

  has(name: string): boolean {
    return this.#head().find(name.toLowerCase()) >= 0
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], undefined> {
    const count = this.size
    for (let i = 0; i < count; i++) yield [this.#head().name(i), this.#head().value(i)]
  }
}
