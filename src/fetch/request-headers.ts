import type { RequestHeaders } from '../engine/message/request-headers.ts'

/** Names without a character that `Headers` would refuse. */
const PLAIN_NAME = /^[\w-]+$/

/**
 * The fields of a request as a `Headers`. Single look-ups are answered from the engine's head; anything else makes a
 * real `Headers`, which from then on answers for all. Until then valid as long as the exchange.
 */
export class LazyHeaders {
  readonly #fields: RequestHeaders
  #native: Headers | null = null

  constructor(fields: RequestHeaders) {
    this.#fields = fields
  }

  /** Those of the real Request, once there is one, are its own. */
  follow(native: Headers): void {
    this.#native = native
  }

  get native(): Headers {
    this.#native ??= new Headers([...this.#fields])
    return this.#native
  }

  get(name: string): string | null {
    if (this.#native !== null || !PLAIN_NAME.test(name)) return this.native.get(name)
    return this.#fields.get(name) ?? null
  }

  has(name: string): boolean {
    if (this.#native !== null || !PLAIN_NAME.test(name)) return this.native.has(name)
    return this.#fields.has(name)
  }

  append(name: string, value: string): void {
    this.native.append(name, value)
  }

  set(name: string, value: string): void {
    this.native.set(name, value)
  }

  delete(name: string): void {
    this.native.delete(name)
  }

  getSetCookie(): string[] {
    return this.native.getSetCookie()
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    for (const [name, value] of this.native) callback.call(thisArg, value, name, this as unknown as Headers)
  }

  keys(): ReturnType<Headers['keys']> {
    return this.native.keys()
  }

  values(): ReturnType<Headers['values']> {
    return this.native.values()
  }

  entries(): ReturnType<Headers['entries']> {
    return this.native.entries()
  }

  [Symbol.iterator](): ReturnType<Headers['entries']> {
    return this.native.entries()
  }
}

// So that `instanceof Headers` holds.
Object.setPrototypeOf(LazyHeaders.prototype, Headers.prototype)
