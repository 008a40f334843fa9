import { bench, do_not_optimize, summary } from 'mitata'
import { HeadView } from '../../dist/parser/head-view.js'
import { MessageParser } from '../../dist/parser/message-parser.js'
import { SCENARIOS } from '../wire/scenarios.mjs'

const LIMITS = {
  maxHeadBytes: 16_384,
  maxTargetBytes: 8_192,
  maxFields: 100,
  maxTrailerBytes: 8_192,
  maxChunkExtensionBytes: 4_096,
}

/** @param {'simd' | 'scalar'} build */
const parserOf = (build) => new MessageParser({ mode: 'request', build, ...LIMITS })
const simd = parserOf('simd')
const scalar = parserOf('scalar')

const HEADS = {
  small: SCENARIOS['get-64']?.request ?? '',
  browser: SCENARIOS['browser']?.request ?? '',
}

/**
 * Puts bytes where the socket would, and parses them once, so that a wrong set-up is not measured.
 *
 * @param {MessageParser} parser
 * @param {string} text
 */
const load = (parser, text) => {
  const end = parser.window.write(text, 0, 'latin1')
  parser.execute(0, end, null, 32)
  if (parser.failure !== 0 || parser.consumed !== end) throw new Error(`not parsed: ${JSON.stringify(text)}`)
  return end
}

for (const [name, text] of Object.entries(HEADS)) {
  summary(() => {
    for (const parser of [simd, scalar]) {
      bench(`parse ${name} head, ${text.length} bytes: ${parser.build}`, function* () {
        const end = load(parser, text)
        yield () => {
          parser.execute(0, end, null, 32)
          do_not_optimize(parser.tapeEnd)
        }
      }).baseline(parser === scalar)
    }
  })
}

bench('parse 16 pipelined small heads: simd', function* () {
  const end = load(simd, HEADS.small.repeat(16))
  yield () => {
    simd.execute(0, end, null, 32)
    do_not_optimize(simd.tapeEnd)
  }
})

const view = new HeadView()
/** Each asks one question of a freshly parsed browser head, whose strings nobody has asked for before. */
const QUESTIONS = {
  nothing: () => undefined,
  target: () => view.target(),
  'the last field': () => view.value(view.find('cookie')),
}

summary(() => {
  for (const [what, ask] of Object.entries(QUESTIONS)) {
    bench(`view of a browser head: ${what}`, function* () {
      load(simd, HEADS.browser)
      yield () => {
        view.reset(simd.window, simd.tape, 0)
        do_not_optimize(ask())
      }
    })
  }
})
