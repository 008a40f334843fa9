import { REFUSALS, type RefusalCode } from '../../errors.ts'
import { statusLine } from '../../http/status.ts'

interface ReadyMade {
  readonly before: string
  readonly after: string
}

const render = (code: RefusalCode): ReadyMade => {
  const { status, message } = REFUSALS[code]
  const body = `${code}: ${message}\n`
  const retry = status === 503 ? 'Retry-After: 1\r\n' : ''
  return {
    before: statusLine(status),
    after: `Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n${retry}Connection: close\r\n\r\n${body}`,
  }
}

const READY = new Map(Object.keys(REFUSALS).map((code) => [code, render(code as RefusalCode)]))

/** The complete answer to a refused message. Only the Date is joined in; nothing is decided while failing. */
export const refusalText = (code: RefusalCode, dateLine: string): string => {
  const { before, after } = READY.get(code) as ReadyMade
  return before + dateLine + after
}

export const refusalOf = (_failure: number): RefusalCode => 'BAD_REQUEST'
