import { describe, expect, test } from 'vitest'
import { MessageParser, type ParkedMessage } from '../../src/parser/message-parser.ts'
import { PHASE_BODY, PHASE_HEAD, PHASE_TRAILERS } from '../../src/parser/phases.ts'
import { EVENT_END, EVENT_HEAD, FLAG_UPGRADE, HEAD_FLAGS, recordLength } from '../../src/parser/tape.ts'
import { BUILDS, LIMITS, parserFor } from './drive.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab'
const CHUNKED = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'

const feed = (
  parser: MessageParser,
  bytes: string,
  parked: ParkedMessage | null = null,
  budget = 100,
): number => {
  parser.execute(0, parser.window.write(bytes, 'latin1'), parked, budget)
  return parser.consumed
}

const endsOn = (parser: MessageParser): number => {
  let ends = 0
  for (let at = 0; at < parser.tapeEnd; at += recordLength(parser.tape, at))
    if (parser.tape[at] === EVENT_END) ends++
  return ends
}

describe.each(BUILDS)('%s', (build) => {
  describe('stops', () => {
    test('after as many messages as its budget allows, and goes on where it stopped', () => {
      const parser = parserFor({ build })
      const bytes = GET.repeat(5)
      expect(feed(parser, bytes, null, 2)).toBe(2 * GET.length)
      expect([endsOn(parser), parser.parked]).toEqual([2, null])
      parser.execute(parser.consumed, bytes.length, null, 100)
      expect([endsOn(parser), parser.consumed]).toEqual([3, bytes.length])
    })

    test('after an unsafe request, beside which no other is handled (RFC 9112, 9.3.2)', () => {
      const parser = parserFor({ build })
      expect(feed(parser, GET + POST + GET)).toBe(GET.length + POST.length)
      expect(endsOn(parser)).toBe(2)
    })

    test('after a message that ends persistence (RFC 9112, 9.6)', () => {
      const parser = parserFor({ build })
      const last = 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'
      expect(feed(parser, GET + last + GET)).toBe(GET.length + last.length)
    })

    test('after an upgrade it was told to accept, and only then (RFC 9110, 7.8)', () => {
      const upgrade = 'GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'
      const parser = parserFor({ build })
      expect(feed(parser, upgrade + GET)).toBe(upgrade.length + GET.length)
      expect((parser.tape[HEAD_FLAGS] as number) & FLAG_UPGRADE).toBe(0)
      parser.acceptUpgrade = true
      expect(feed(parser, upgrade + GET)).toBe(upgrade.length)
      expect((parser.tape[HEAD_FLAGS] as number) & FLAG_UPGRADE).toBe(FLAG_UPGRADE)
    })

    test('after CONNECT, told or not (RFC 9110, 9.3.6)', () => {
      const connect = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'
      const parser = parserFor({ build })
      expect(feed(parser, connect + GET)).toBe(connect.length)
    })

    test('at a failure, with the events in front of it on the tape', () => {
      const parser = parserFor({ build })
      expect(feed(parser, `${GET}broken\r\n\r\n`)).toBe(GET.length)
      expect([endsOn(parser), parser.failure !== 0, parser.parked]).toEqual([1, true, null])
      feed(parser, GET)
      expect([endsOn(parser), parser.failure]).toEqual([1, 0])
    })
  })

  describe('keeps', () => {
    test('nothing between messages, empty lines included (RFC 9112, 2.2)', () => {
      const parser = parserFor({ build })
      for (const bytes of [GET, POST, `${CHUNKED}0\r\n\r\n`, '\r\n', `${GET}\r\n`]) {
        feed(parser, bytes)
        expect(parser.parked, bytes).toBeNull()
      }
    })

    test('the bytes of a head or trailer section that is cut, and none of a body', () => {
      const parser = parserFor({ build })
      feed(parser, `${GET}GET /a`)
      const parked = parser.parked as ParkedMessage
      expect([parked.phase, parked.headBytes]).toEqual([PHASE_HEAD, 6])
      feed(parser, ' HTTP/1.1\r\nContent-Length: 5\r\n\r\nab', parked)
      expect([parser.parked?.phase, parser.parked?.headBytes]).toEqual([PHASE_BODY, 0])
      feed(parser, 'cde', parser.parked)
      expect(parser.parked).toBeNull()
      feed(parser, `${CHUNKED}0\r\nA: b`)
      expect([parser.parked?.phase, parser.parked?.headBytes]).toEqual([PHASE_TRAILERS, 4])
    })

    test('messages of many connections apart', () => {
      const parser = parserFor({ build })
      const texts = Array.from(
        { length: 20 },
        (_, i) => `GET /${i} HTTP/1.1\r\nHost: h${i}\r\nContent-Length: 2\r\n\r\nxx`,
      )
      const parked: (ParkedMessage | null)[] = texts.map(() => null)
      const ended = texts.map(() => 0)
      for (let at = 0; at < 60; at++) {
        texts.forEach((text, i) => {
          if (at >= text.length) return
          feed(parser, text[at] as string, parked[i])
          parked[i] = parser.parked
          ended[i] = (ended[i] as number) + endsOn(parser)
          if (parser.tape[0] === EVENT_HEAD && parser.tapeEnd > 0)
            expect(parser.carried.toString('latin1')).toBe(text.slice(0, -2))
        })
      }
      expect(ended).toEqual(texts.map(() => 1))
    })
  })

  test('its memory never grows, so that no view of it is ever detached', () => {
    const parser = parserFor({ build })
    const { buffer } = parser.window
    for (let i = 0; i < 2_000; i++) {
      feed(parser, GET.repeat(50))
      feed(parser, `GET / HTTP/1.1\r\nA: ${'x'.repeat(9_000)}`)
      feed(parser, 'y\r\n\r\n', parser.parked)
      feed(parser, 'broken')
    }
    expect(parser.window.buffer).toBe(buffer)
    expect(parser.window.length).toBe(65_536)
  })

  test('a window full of the smallest messages fits on the tape', () => {
    const parser = parserFor({ build })
    const smallest = 'GET / HTTP/1.1\r\nA:\r\n\r\n'
    const count = Math.floor(65_536 / smallest.length)
    feed(parser, smallest.repeat(count), null, 100_000)
    expect([endsOn(parser), parser.failure]).toEqual([count, 0])
    const chunks = `${CHUNKED}${'1\r\na\r\n'.repeat(10_000)}`
    feed(parser, chunks)
    expect([parser.failure, parser.consumed]).toEqual([0, chunks.length])
    expect(parser.tapeEnd).toBeLessThan(parser.tape.length)
  })

  test('a response body without length lasts until the peer ends (RFC 9112, 6.3)', () => {
    const parser = parserFor({ build, mode: 'response' })
    feed(parser, 'HTTP/1.1 200 OK\r\nA: b\r\n\r\nabc')
    expect(parser.finish(parser.parked)).toBe(true)
    expect([parser.tapeEnd, parser.tape[0]]).toEqual([1, EVENT_END])
    feed(parser, 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc')
    expect(parser.finish(parser.parked)).toBe(false)
    expect(parser.finish(null)).toBe(true)
    expect(parser.tapeEnd).toBe(0)
  })
})

test('SIMD is the default where it compiles', () => {
  expect(new MessageParser({ mode: 'request', ...LIMITS }).build).toBe('simd')
})
