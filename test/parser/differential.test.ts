import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CORPUS } from './corpus.ts'
import { BUILDS, cutsOf, drive, LIMITS, type Outcome, parserFor } from './drive.ts'

const TIGHT = {
  maxHeadBytes: 60,
  maxTargetBytes: 8,
  maxFields: 2,
  maxTrailerBytes: 8,
  maxChunkExtensionBytes: 3,
}
const SETTINGS = [
  {
    name: 'as a server that takes no upgrades',
    limits: LIMITS,
    accept: false,
    skipBody: false,
    budget: 1_000,
  },
  { name: 'accepting upgrades', limits: LIMITS, accept: true, skipBody: false, budget: 1_000 },
  { name: 'reading answers to HEAD', limits: LIMITS, accept: false, skipBody: true, budget: 1_000 },
  { name: 'one message at a time', limits: LIMITS, accept: false, skipBody: false, budget: 1 },
  {
    name: 'with limits that nearly everything exceeds',
    limits: TIGHT,
    accept: true,
    skipBody: false,
    budget: 2,
  },
] as const

/** An outcome as it is kept in the snapshot, short enough to be reviewed: bytes of heads left out. */
const summaryOf = ({ events, failure, failedAt, rest, ends }: Outcome): string[] => [
  ...events.map((event) => event.replace(/ raw=.*/, '')),
  failure === '' ? `${ends ? 'may end' : 'may not end'} here, rest <${rest}>` : `${failure} at ${failedAt}`,
]

describe.each(SETTINGS)('$name', ({ limits, accept, skipBody, budget }) => {
  const parsers = Object.fromEntries(
    (['request', 'response'] as const).map((mode) => [
      mode,
      BUILDS.map((build) => {
        const parser = parserFor({ mode, build, ...limits })
        parser.acceptUpgrade = accept
        parser.skipBody = skipBody
        return parser
      }),
    ]),
  )

  test.each(CORPUS)('$name: both builds, at every cut, see the same (RFC 9112, 2.2)', ({ mode, bytes }) => {
    const [simd, scalar] = parsers[mode] as [ReturnType<typeof parserFor>, ReturnType<typeof parserFor>]
    const whole = drive(simd, [bytes], { budget })
    if (limits === LIMITS && !accept && !skipBody && budget > 1) expect(summaryOf(whole)).toMatchSnapshot()
    for (const parser of [simd, scalar]) {
      expect(drive(parser, [bytes], { budget, offset: 17 })).toEqual(whole)
      for (const pieces of cutsOf(bytes))
        expect(drive(parser, pieces, { budget }), JSON.stringify(pieces)).toEqual(whole)
    }
  })
})

test('bytes changed at random are read alike by both builds, however they are cut and whatever the limits', () => {
  const limits = fc.record({
    maxHeadBytes: fc.integer({ min: 1, max: 120 }),
    maxTargetBytes: fc.integer({ min: 1, max: 20 }),
    maxFields: fc.integer({ min: 1, max: 4 }),
    maxTrailerBytes: fc.integer({ min: 0, max: 20 }),
    maxChunkExtensionBytes: fc.integer({ min: 0, max: 20 }),
  })
  const change = fc.record({
    at: fc.nat(),
    byte: fc.oneof(
      fc.constantFrom(...'\r\n :;,0\tA\0'),
      fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    ),
    removes: fc.integer({ min: 0, max: 2 }),
  })
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 })
  fc.assert(
    fc.property(
      fc.nat(),
      fc.array(change, { maxLength: 3 }),
      limits,
      cuts,
      fc.boolean(),
      (index, changes, limit, lengths, accept) => {
        const { mode, bytes: original } = CORPUS[index % CORPUS.length]!
        let bytes = original
        for (const { at, byte, removes } of changes) {
          const place = at % (bytes.length + 1)
          bytes = bytes.slice(0, place) + byte + bytes.slice(place + removes)
        }
        const pieces: string[] = []
        let at = 0
        for (const length of lengths) {
          if (at < bytes.length) pieces.push(bytes.slice(at, at + length))
          at += length
        }
        if (at < bytes.length) pieces.push(bytes.slice(at))
        const outcomes = BUILDS.flatMap((build) => {
          const parser = parserFor({ mode, build, ...limit })
          parser.acceptUpgrade = accept
          return [drive(parser, [bytes]), drive(parser, pieces, { budget: 1 }), drive(parser, [...bytes])]
        })
        for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0])
      },
    ),
    { numRuns: 400 },
  )
})
