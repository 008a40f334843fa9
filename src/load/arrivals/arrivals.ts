import type { Random } from './random.ts'

/** When requests are meant to be sent. */
export interface Arrivals {
  /** Ms after the start; each is at or after the one before. */
  next(): number
}

/** Every `1 / rate`, each computed from the start, so that no rounding adds up. */
class ConstantArrivals implements Arrivals {
  readonly #gapMs: number
  readonly #firstMs: number
  #count = 0

  constructor(gapMs: number, firstMs: number) {
    this.#gapMs = gapMs
    this.#firstMs = firstMs
  }

  next(): number {
    return this.#firstMs + this.#gapMs * this.#count++
  }
}

/** Independent of each other, as those of many people are: a Poisson process. */
class PoissonArrivals implements Arrivals {
  readonly #random: Random
  readonly #meanGapMs: number
  #atMs = 0

  constructor(random: Random, meanGapMs: number) {
    this.#random = random
    this.#meanGapMs = meanGapMs
  }

  next(): number {
    this.#atMs += this.#random.exponential(this.#meanGapMs)
    return this.#atMs
  }
}

export type ArrivalKind = 'constant' | 'poisson'

/** One of several generators that drive a test together. */
export interface Part {
  /** From 0. */
  readonly index: number
  readonly count: number
}

/**
 * The arrivals of one part of `rate` requests per second. The parts together are what one generator would have sent:
 * constant arrivals interleave evenly, and Poisson processes add up to one.
 */
export const arrivalsOf = (kind: ArrivalKind, rate: number, part: Part, random: Random): Arrivals => {
  const gapMs = 1000 / rate
  return kind === 'poisson'
    ? new PoissonArrivals(random, gapMs * part.count)
    : new ConstantArrivals(gapMs * part.count, gapMs * part.index)
}
