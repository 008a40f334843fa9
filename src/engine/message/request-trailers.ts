import { HeadView } from '../../parser/head-view.ts'
import type { Trailers } from './incoming-body.ts'

const view = new HeadView()

/** Decodes the trailer section recorded at `tape[at]`. */
export const readTrailers = (bytes: Buffer, tape: Int32Array, at: number): Trailers => {
  const trailers = new Map<string, string>()
  view.reset(bytes, tape, at)
  for (let i = 0; i < view.fieldCount; i++) {
    const name = view.name(i).toLowerCase()
    const earlier = trailers.get(name)
    trailers.set(name, earlier === undefined ? view.value(i) : `${earlier}, ${view.value(i)}`)
  }
  view.release()
  return trailers
}
