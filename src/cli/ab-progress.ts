import type { Round } from '../load/comparison/compare.ts'
import { count, duration } from '../report/figures.ts'
import type { AbPlan } from './ab-rounds.ts'

/** Says on stderr how long it will take. */
export const printPlan = ({ pairs, durationMs, warmUpMs }: AbPlan): void => {
  const us = 2 * pairs * (durationMs + warmUpMs) * 1_000
  process.stderr.write(
    `${pairs} pairs of rounds, A and B in turn: ${duration(us)} and the time they take to start\n`,
  )
}

/** Says on stderr what each round measured. */
export const roundPrinter =
  (pairs: number) =>
  (side: 'a' | 'b', pair: number, { result, serverCpuUs }: Round): void => {
    const { ratePerSecond, latency, requests } = result
    const cpu =
      serverCpuUs === null ? '' : `, CPU ${duration(serverCpuUs / Math.max(1, requests.completedInWindow))}`
    process.stderr.write(
      `${pair + 1}/${pairs} ${side.toUpperCase()}: ${count(ratePerSecond)}/s, p50 ${duration(latency.p50Us)}, p99 ${duration(latency.p99Us)}${cpu}\n`,
    )
  }
