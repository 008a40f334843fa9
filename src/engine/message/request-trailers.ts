import { HeadView } from '../../parser/head-view.ts'
import type { IncomingBody } from './incoming-body.ts'

const view = new HeadView()

/** Decodes the trailer section recorded at `tape[at]`. */
export const readTrailers = (body: IncomingBody, bytes: Buffer, tape: Int32Array, at: number): void => {
  const trailers = new Map<string, string>()
  const raw: string[] = []
  view.reset(bytes, tape, at)
  for (let i = 0; i < view.fieldCount; i++) {
    const name = view.name(i)
    const value = view.value(i)
    const lower = name.toLowerCase()
    const earlier = trailers.get(lower)
    trailers.set(lower, earlier === undefined ? value : `${earlier}, ${value}`)
    raw.push(name, value)
  }
  view.release()
  body.setTrailers(trailers, raw)
}
