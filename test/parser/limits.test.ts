import { describe, expect, test } from 'vitest'
import { BUILDS, cutsOf, drive, parserFor } from './drive.ts'

/** Outcome of `bytes` under `limits`, the same for both builds and every cut. */
const failureOf = (
  bytes: string,
  limits: Partial<Parameters<typeof parserFor>[0]>,
): [failure: string, at: number] => {
  const parsers = BUILDS.map((build) => parserFor({ build, ...limits }))
  const { failure, failedAt } = drive(parsers[0]!, [bytes])
  for (const parser of parsers) {
    for (const pieces of cutsOf(bytes)) {
      const cut = drive(parser, pieces)
      expect([cut.failure, cut.failedAt], JSON.stringify(pieces)).toEqual([failure, failedAt])
    }
  }
  return [failure, failedAt]
}

const CHUNKED = 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'
const NONE: [string, number] = ['', -1]

describe('a limit allows what it names and not one more', () => {
  const head = 'GET /target HTTP/1.1\r\nHost: a\r\nB: c\r\n\r\n'

  test('maxHeadBytes, from the first byte of the request line to the end of the empty line', () => {
    expect(failureOf(`\r\n${head}${head}`, { maxHeadBytes: head.length })).toEqual(NONE)
    expect(failureOf(`\r\n${head}`, { maxHeadBytes: head.length - 1 })).toEqual([
      'HEAD_TOO_LARGE',
      head.length + 1,
    ])
  })

  test('maxHeadBytes on a head without fields', () => {
    const bare = 'GET / HTTP/1.1\r\n\r\n'
    expect(failureOf(bare, { maxHeadBytes: bare.length })).toEqual(NONE)
    expect(failureOf(bare, { maxHeadBytes: bare.length - 1 })).toEqual(['HEAD_TOO_LARGE', bare.length - 1])
  })

  test('maxTargetBytes', () => {
    expect(failureOf(head, { maxTargetBytes: 7 })).toEqual(NONE)
    expect(failureOf(head, { maxTargetBytes: 6 })).toEqual(['TARGET_TOO_LONG', 10])
  })

  test('maxFields in a head', () => {
    expect(failureOf(head, { maxFields: 2 })).toEqual(NONE)
    expect(failureOf(head, { maxFields: 1 })).toEqual(['TOO_MANY_FIELDS', head.indexOf('B: c')])
  })

  test('maxFields in a trailer section, counted anew', () => {
    const bytes = `${CHUNKED}0\r\nA: b\r\nC: d\r\n\r\n`
    expect(failureOf(bytes, { maxFields: 2 })).toEqual(NONE)
    expect(failureOf(bytes, { maxFields: 1 })).toEqual(['TOO_MANY_FIELDS', bytes.indexOf('C: d')])
  })

  test('maxTrailerBytes, without the empty line', () => {
    const bytes = `${CHUNKED}0\r\nA: b\r\nC: d\r\n\r\n`
    expect(failureOf(bytes, { maxTrailerBytes: 12 })).toEqual(NONE)
    expect(failureOf(bytes, { maxTrailerBytes: 11 })).toEqual(['TRAILER_TOO_LARGE', bytes.length - 1])
  })

  test('maxTrailerBytes 0 allows an empty trailer section only', () => {
    expect(failureOf(`${CHUNKED}0\r\n\r\n`, { maxTrailerBytes: 0 })).toEqual(NONE)
    expect(failureOf(`${CHUNKED}0\r\nA:\r\n\r\n`, { maxTrailerBytes: 0 })[0]).toBe('TRAILER_TOO_LARGE')
  })

  test('maxChunkExtensionBytes, over all chunks of a message (RFC 9112, 7.1.1)', () => {
    const bytes = `${CHUNKED}1;ab\r\nx\r\n0002\r\nxy\r\n0;c\r\n\r\n`
    expect(failureOf(bytes + bytes, { maxChunkExtensionBytes: 8 })).toEqual(NONE)
    expect(failureOf(bytes, { maxChunkExtensionBytes: 7 })).toEqual([
      'CHUNK_EXTENSION_TOO_LARGE',
      bytes.indexOf('c\r\n\r\n', 60),
    ])
    expect(failureOf(bytes, { maxChunkExtensionBytes: 4 })).toEqual([
      'CHUNK_EXTENSION_TOO_LARGE',
      bytes.indexOf('002\r') + 1,
    ])
  })

  test('maxChunkExtensionBytes 0 allows the size alone', () => {
    expect(failureOf(`${CHUNKED}a\r\n0123456789\r\n0\r\n\r\n`, { maxChunkExtensionBytes: 0 })).toEqual(NONE)
    expect(failureOf(`${CHUNKED}0a\r\n0123456789\r\n0\r\n\r\n`, { maxChunkExtensionBytes: 0 })[0]).toBe(
      'CHUNK_EXTENSION_TOO_LARGE',
    )
    expect(failureOf(`${CHUNKED}00\r\n\r\n`, { maxChunkExtensionBytes: 0 })[0]).toBe(
      'CHUNK_EXTENSION_TOO_LARGE',
    )
  })
})

describe('of two reasons to fail, the one at the earlier byte is reported', () => {
  test('a long target before a bad one, and after it', () => {
    expect(failureOf('GET /1234567\x01 HTTP/1.1\r\n\r\n', { maxTargetBytes: 7 })).toEqual([
      'TARGET_TOO_LONG',
      11,
    ])
    expect(failureOf('GET /123456\x01 HTTP/1.1\r\n\r\n', { maxTargetBytes: 7 })).toEqual([
      'INVALID_TARGET',
      11,
    ])
  })

  test('a long target in a large head', () => {
    expect(
      failureOf(`GET /${'x'.repeat(60)} HTTP/1.1\r\n\r\n`, { maxTargetBytes: 20, maxHeadBytes: 20 }),
    ).toEqual(['HEAD_TOO_LARGE', 20])
    expect(
      failureOf(`GET /${'x'.repeat(60)} HTTP/1.1\r\n\r\n`, { maxTargetBytes: 12, maxHeadBytes: 20 }),
    ).toEqual(['TARGET_TOO_LONG', 16])
  })

  test('one field too many that is also broken', () => {
    expect(failureOf('GET / HTTP/1.1\r\nA: b\r\nCD(: d\r\n\r\n', { maxFields: 1 })).toEqual([
      'TOO_MANY_FIELDS',
      22,
    ])
    expect(failureOf('GET / HTTP/1.1\r\nA: b\r\n(D: d\r\n\r\n', { maxFields: 1 })).toEqual([
      'INVALID_FIELD',
      22,
    ])
    expect(failureOf('GET / HTTP/1.1\r\nA: b\0\r\nC: d\r\n\r\n', { maxFields: 1 })).toEqual([
      'INVALID_FIELD',
      20,
    ])
  })

  test('a large chunk extension before a broken one, and after it', () => {
    expect(failureOf(`${CHUNKED}1;abc d\r\n`, { maxChunkExtensionBytes: 3 })[0]).toBe(
      'CHUNK_EXTENSION_TOO_LARGE',
    )
    expect(failureOf(`${CHUNKED}1;ab d\r\n`, { maxChunkExtensionBytes: 4 })[0]).toBe('INVALID_CHUNK')
  })
})

test('a head larger than the window is read across reads', () => {
  const parser = parserFor({ windowBytes: 65_536, maxHeadBytes: 200_000, maxTargetBytes: 200_000 })
  const bytes = `GET /${'x'.repeat(150_000)} HTTP/1.1\r\nHost: a\r\n\r\n`
  const pieces = bytes.match(/.{1,40000}/gs) as string[]
  const { events } = drive(parser, pieces)
  expect(events).toHaveLength(2)
  expect(events[0]).toContain(`raw=${JSON.stringify(bytes)}`)
})
