import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadCorpus, saveFailure } from './corpus.ts'
import {
  checkSegmentation,
  checkWildHandlers,
  type Trial,
  trialOf,
  validProperty,
  wildTrialOf,
} from './property.ts'

/** Set by `npm run test:fuzz`; without them a short run with a fixed and with a random seed. */
const seconds = Number(process.env['FUZZ_SECONDS'] ?? 3)
const isLong = process.env['FUZZ_SECONDS'] !== undefined
const FIXED_SEED = 20_250_711
const seeds = isLong ? [Number(process.env['FUZZ_SEED'])] : [FIXED_SEED, Date.now() & 0x7fff_ffff]

const corpus = loadCorpus()
const streams = corpus.map(({ bytes }) => bytes)

/** Each of the three properties gets its share of the time. */
const shareMs = (seconds * 1_000) / seeds.length / 3
const timeout = 4 * seconds * 1_000 + 60_000

/** Runs between two looks at the clock: fast-check's own time limit would leave its last run behind, half done. */
const BATCH = 40

/** Looks for a counterexample in batches, the n-th from seed + n, until the time is over. Shrinks and saves what it finds. */
const hunt = async <T extends unknown[]>(
  property: fc.IAsyncProperty<T>,
  seed: number,
  toTrial: (found: T) => Trial,
): Promise<void> => {
  const end = performance.now() + shareMs
  let runs = 0
  for (let batch = 0; performance.now() < end; batch++) {
    const details = await fc.check(property, { seed: seed + batch, numRuns: BATCH })
    runs += details.numRuns
    if (!details.failed || details.counterexample === null) continue
    const error = String((details.errorInstance as Error | null)?.message)
    const path = saveFailure(toTrial(details.counterexample), error)
    throw new Error(`Seed ${seed + batch}: ${error}\nSaved to ${path}\n${fc.defaultReportMessage(details)}`)
  }
  console.log(`seed ${seed}: ${runs} runs`)
}

describe('the corpus', () => {
  test.each(corpus)('$name', async ({ bytes, echoes, trial }) => {
    const trials: Trial[] = [
      { bytes, cuts: [1, 7, 40], ending: 'halfClose', seed: 0, isTight: false },
      { bytes, cuts: [13, 13], ending: 'silence', seed: 0x1234, isTight: false },
      { bytes, cuts: [13, 13], ending: 'silence', seed: 0x1234, isTight: true },
      ...(trial === undefined ? [] : [trial]),
    ]
    for (const each of trials) {
      if (each.ending !== 'reset') {
        const { answers } = await checkSegmentation(each)
        const echoed = answers.filter(({ fields }) => fields['x-echo'] !== undefined)
        if (echoes !== undefined && !each.isTight) expect(echoed).toHaveLength(echoes)
      }
      for (let seed = 0; seed < 9; seed++) await checkWildHandlers({ ...each, seed })
    }
  })
})

describe.each(seeds)('with seed %i', (seed) => {
  test('valid pipelines get their answers, one to one and in order, however they are cut', { timeout }, () =>
    hunt(validProperty(), seed, ([messages, how]) => ({
      ...how,
      bytes: messages.map(({ bytes }) => bytes).join(''),
      isTight: false,
    })),
  )

  test('broken streams get the same answers however they are cut, from both parsers', { timeout }, () =>
    hunt(
      fc.asyncProperty(trialOf(streams), async (trial) => {
        await checkSegmentation(trial)
      }),
      seed,
      ([trial]) => trial,
    ),
  )

  test('handlers that do anything leave nothing behind and mix up no answers', { timeout }, () =>
    hunt(fc.asyncProperty(wildTrialOf(streams), checkWildHandlers), seed, ([trial]) => trial),
  )
})
