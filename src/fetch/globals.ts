import { passFor } from './delegation.ts'
import { nativeRequestOf } from './request.ts'
import { LightResponse } from './response.ts'

const NativeRequest = globalThis.Request
const nativeFetch = globalThis.fetch

type Input = ConstructorParameters<typeof Request>[0]
type Init = ConstructorParameters<typeof Request>[1]

/** `Request` that takes a lazy one for what it is. */
class KnowingRequest extends NativeRequest {
  constructor(input: Input, init?: Init) {
    super(nativeRequestOf(input), init)
  }
}
passFor(KnowingRequest, NativeRequest)

const knowingFetch = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> =>
  nativeFetch(nativeRequestOf(input as Input), init)

/**
 * In the whole program: `new Response` makes light ones, and `new Request(request)` and `fetch(request)` take lazy ones.
 * Whatever they make is an instance of what was there before, and the other way round.
 */
export const patchGlobals = (): void => {
  for (const [name, value] of Object.entries({
    Response: LightResponse,
    Request: KnowingRequest,
    fetch: knowingFetch,
  })) {
    Object.defineProperty(globalThis, name, { configurable: true, writable: true, value })
  }
}
