const INITIAL_SLOTS = 64

/** First in, first out, in O(1): a ring that doubles when it is full. */
export class Queue<T> {
  #slots: (T | undefined)[] = new Array(INITIAL_SLOTS).fill(undefined)
  #first = 0
  length = 0

  push(item: T): void {
    if (this.length === this.#slots.length) this.#grow()
    this.#slots[(this.#first + this.length) & (this.#slots.length - 1)] = item
    this.length++
  }

  /** Puts an item in front of all others. */
  unshift(item: T): void {
    if (this.length === this.#slots.length) this.#grow()
    this.#first = (this.#first - 1) & (this.#slots.length - 1)
    this.#slots[this.#first] = item
    this.length++
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined
    const item = this.#slots[this.#first]
    this.#slots[this.#first] = undefined
    this.#first = (this.#first + 1) & (this.#slots.length - 1)
    this.length--
    return item
  }

  #grow(): void {
    const slots: (T | undefined)[] = new Array(2 * this.#slots.length).fill(undefined)
    for (let i = 0; i < this.length; i++) slots[i] = this.#slots[(this.#first + i) & (this.#slots.length - 1)]
    this.#slots = slots
    this.#first = 0
  }
}
