import { failureName } from '../../src/parser/failures.ts'
import { HeadView } from '../../src/parser/head-view.ts'
import {
  MessageParser,
  type MessageParserOptions,
  type ParkedMessage,
} from '../../src/parser/message-parser.ts'
import {
  contentLength,
  EVENT_BODY,
  EVENT_END,
  EVENT_HEAD,
  EVENT_TRAILERS,
  FLAG_CARRIED,
  FLAG_KEEP_ALIVE,
  FLAG_UPGRADE,
  HEAD_FLAGS,
  HEAD_MAJOR,
  HEAD_MINOR,
  HEAD_STATUS,
  recordLength,
} from '../../src/parser/tape.ts'

export type Build = 'simd' | 'scalar'
export const BUILDS: readonly Build[] = ['simd', 'scalar']

export const LIMITS = {
  maxHeadBytes: 16_384,
  maxTargetBytes: 8_192,
  maxFields: 100,
  maxTrailerBytes: 8_192,
  maxChunkExtensionBytes: 4_096,
}

export const parserFor = (options: Partial<MessageParserOptions> = {}): MessageParser =>
  new MessageParser({ mode: 'request', ...LIMITS, ...options })

/** What some bytes mean: one line per event, adjacent body pieces joined. */
export interface Outcome {
  events: string[]
  failure: string
  /** Offset in the whole stream at which parsing failed, -1 otherwise. */
  failedAt: number
  /** Bytes that belong to no message any more: after an upgrade or the last message of the connection. */
  rest: string
  /** Whether the connection may end here. */
  ends: boolean
}

const view = new HeadView()

const section = (parser: MessageParser, at: number): string => {
  const flags = parser.tape[at + HEAD_FLAGS] as number
  view.reset((flags & FLAG_CARRIED) === 0 ? parser.window : parser.carried, parser.tape, at)
  const fields: string[] = []
  for (let i = 0; i < view.fieldCount; i++) fields.push(`${view.name(i)}=<${view.value(i)}>`)
  const raw = view.bytes.toString('latin1', view.start, view.start + view.length)
  return `${fields.join(' ')} raw=${JSON.stringify(raw)}`
}

const head = (parser: MessageParser, at: number): string => {
  const { tape } = parser
  const flags = (tape[at + HEAD_FLAGS] as number) & ~FLAG_CARRIED
  const fields = section(parser, at)
  return (
    `HEAD method=${view.method} target=<${view.target()}> version=${tape[at + HEAD_MAJOR]}.${tape[at + HEAD_MINOR]} ` +
    `status=${tape[at + HEAD_STATUS]} flags=${flags.toString(16)} length=${contentLength(tape, at)} ${fields}`
  )
}

const BODY = 'BODY '

export interface DriveOptions {
  budget?: number
  /** Where in the window each piece is put. */
  offset?: number
}

/** Feeds pieces as one connection would, resuming after every pause, until the connection has had its last message. */
export const drive = (
  parser: MessageParser,
  pieces: readonly string[],
  options: DriveOptions = {},
): Outcome => {
  const { budget = 1_000, offset = 0 } = options
  const outcome: Outcome = { events: [], failure: '', failedAt: -1, rest: '', ends: false }
  const { events } = outcome
  let parked: ParkedMessage | null = null
  let isOver = false
  let wantsRest = false
  const read = (): void => {
    const { tape } = parser
    for (let at = 0; at < parser.tapeEnd; at += recordLength(tape, at)) {
      switch (tape[at]) {
        case EVENT_HEAD:
          events.push(head(parser, at))
          wantsRest = ((tape[at + HEAD_FLAGS] as number) & FLAG_KEEP_ALIVE) === 0
          if (((tape[at + HEAD_FLAGS] as number) & FLAG_UPGRADE) !== 0) wantsRest = true
          break
        case EVENT_BODY: {
          const start = tape[at + 1] as number
          const text = parser.window.toString('latin1', start, start + (tape[at + 2] as number))
          if (events.at(-1)?.startsWith(BODY)) events[events.length - 1] += text
          else events.push(BODY + text)
          break
        }
        case EVENT_TRAILERS:
          events.push(`TRAILERS ${section(parser, at)}`)
          break
        case EVENT_END:
          events.push('END')
          if (wantsRest) isOver = true
          break
        default:
          throw new Error(`No event ${tape[at]} at ${at}`)
      }
    }
  }
  let before = 0
  for (const piece of pieces) {
    let start = offset
    const end = start + parser.window.write(piece, offset, 'latin1')
    while (start < end && !isOver && outcome.failure === '') {
      parser.execute(start, end, parked, budget)
      parked = parser.parked
      start = parser.consumed
      read()
      if (parser.failure === 0) continue
      outcome.failure = failureName(parser.failure)
      outcome.failedAt = before + parser.consumed - offset
      if (parked !== null) throw new Error('A failed message is parked.')
    }
    before += piece.length
    if (isOver) outcome.rest += parser.window.toString('latin1', start, end)
  }
  if (outcome.failure === '' && !isOver) {
    outcome.ends = parser.finish(parked)
    read()
  }
  return outcome
}

/** Every way to cut `bytes` in two, byte by byte, and some ways to cut it in three. */
export const cutsOf = (bytes: string): string[][] => {
  const cuts = [[...bytes]]
  for (let at = 1; at < bytes.length; at++) {
    cuts.push([bytes.slice(0, at), bytes.slice(at)])
    const second = at + 1 + ((at * 7) % 11)
    if (second < bytes.length) cuts.push([bytes.slice(0, at), bytes.slice(at, second), bytes.slice(second)])
  }
  return cuts
}
