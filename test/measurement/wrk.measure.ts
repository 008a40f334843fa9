import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Model } from './model.ts'
import { bench, onLoadCore } from './processes.ts'

const CONNECTIONS = 64
const SECONDS = 4
const ROUNDS = 5
/** Enough for the slower of the two to start. */
const START_MS = 2_000
const MS_PER: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 }

interface Figures {
  readonly perSecond: number
  readonly p50Ms: number
}

const wrk = async (url: string, startAt: number): Promise<Figures> => {
  await sleep(startAt - Date.now())
  const text = await onLoadCore(['wrk', '-t1', `-c${CONNECTIONS}`, `-d${SECONDS}`, '--latency', url])
  const [, value, unit = ''] = /50%\s+([\d.]+)(us|ms|s)/.exec(text) ?? []
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    p50Ms: Number(value) * (MS_PER[unit] as number),
  }
}

const nova = async (url: string, startAt: number): Promise<Figures> => {
  const durationMs = SECONDS * 1_000
  const options = { url, startAt, connections: CONNECTIONS, durationMs, warmUpMs: 0 }
  const { ratePerSecond, latency } = await bench(options)
  return { perSecond: ratePerSecond, p50Ms: latency.p50Us / 1_000 }
}

const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1] as number

/** The server is the limit, by its time and not by its CPU, of which a busy machine gives each generator another share. */
test.skipIf(spawnSync('wrk', ['-v']).error !== undefined).each([20, 50])(
  'wrk agrees within a twentieth on rate and median of a closed loop, against a server that answers after %i ms',
  async (ms) => {
    const { url } = await Model.start('steady', ms)
    const ratios: Figures[] = []
    for (let round = 0; round < ROUNDS; round++) {
      // At the same time, on the same core, against the same server: what disturbs one disturbs the other.
      const startAt = Date.now() + START_MS
      const [ours, theirs] = await Promise.all([nova(url, startAt), wrk(url, startAt)])
      ratios.push({ perSecond: ours.perSecond / theirs.perSecond, p50Ms: ours.p50Ms / theirs.p50Ms })
      console.log(JSON.stringify({ ours, theirs }))
    }
    const rate = median(ratios.map(({ perSecond }) => perSecond))
    const p50 = median(ratios.map(({ p50Ms }) => p50Ms))
    console.log(`nova bench over wrk: rate ${rate.toFixed(3)}, median ${p50.toFixed(3)}`)
    expect(Math.abs(rate - 1)).toBeLessThan(0.05)
    expect(Math.abs(p50 - 1)).toBeLessThan(0.05)
  },
)
