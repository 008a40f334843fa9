const GOLDEN = 0x9e37_79b9
const WARM_UP_ROUNDS = 12
const RANGE = 0x1_0000_0000

/**
 * Numbers that look random and are the same for the same seed, so that a run can be repeated: sfc32 (Doty-Humphrey,
 * PractRand). Not for secrets.
 */
export class Random {
  #a: number
  #b: number
  #c = GOLDEN
  #count = 1

  /** @param seed an integer. @param stream sequences of one seed that do not overlap: one for each thread or use. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0
    this.#b = Math.imul(stream + 1, GOLDEN)
    for (let i = 0; i < WARM_UP_ROUNDS; i++) this.next()
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / RANGE
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  /** Waiting times of a Poisson process with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next())
  }
}
