import type { Random } from '../arrivals/random.ts'
import type { PreparedRequest } from './prepared-request.ts'

/** Which request is sent next: kinds are drawn by their weights. */
export class RequestSource {
  /** A response without body may be expected. */
  readonly hasHead: boolean
  readonly #only: PreparedRequest | null
  readonly #requests: readonly PreparedRequest[]
  /** Sums of the weights up to and including each request, over the sum of all. */
  readonly #limits: readonly number[]
  readonly #random: Random

  /** @param requests at least one. */
  constructor(requests: readonly PreparedRequest[], random: Random) {
    const total = requests.reduce((sum, { weight }) => sum + weight, 0)
    let sum = 0
    this.hasHead = requests.some(({ isHead }) => isHead)
    this.#only = requests.length === 1 ? (requests[0] as PreparedRequest) : null
    this.#requests = requests
    this.#limits = requests.map(({ weight }) => {
      sum += weight
      return sum / total
    })
    this.#random = random
  }

  next(): PreparedRequest {
    if (this.#only !== null) return this.#only
    const point = this.#random.next()
    const limits = this.#limits
    let i = 0
    while (i < limits.length - 1 && point >= (limits[i] as number)) i++
    return this.#requests[i] as PreparedRequest
  }
}
