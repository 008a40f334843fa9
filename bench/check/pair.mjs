import { startGenerator, startServer } from '../wire/programs.mjs'
import { spread } from '../wire/statistics.mjs'

/** Slices of each server; one of both is measured while the other one waits. */
const SLICES = 12

/**
 * One server with its generator, measured a slice at a time.
 *
 * @param {readonly string[]} command
 * @param {readonly string[]} generatorCommand
 * @param {import('../wire/scenarios.mjs').Scenario} scenario
 * @param {{ warmUpMs: number, measureMs: number }} times of a slice
 */
const open = async (command, generatorCommand, scenario, times) => {
  const { server, port } = await startServer(command)
  const generator = await startGenerator(generatorCommand, port, scenario, times)
  let { cpuUs: counted } = await server.ask('usage')
  /** @type {number[]} */
  const costs = []
  return {
    costs,
    /** What the server did between two slices counts for the second one: it collects garbage then, too. */
    measure: async () => {
      const { requests, wrong } = await generator.ask('go')
      if (wrong > 0) throw new Error(`${wrong} answers had a wrong body`)
      const { cpuUs } = await server.ask('usage')
      costs.push((cpuUs - counted) / requests)
      counted = cpuUs
    },
    stop: async () => {
      await generator.stop()
      await server.stop()
    },
  }
}

/**
 * CPU per request of two servers that live side by side and take turns of a fraction of a second, ABBA: what else the
 * machine does meets both. Medians of the slices, so that a moment's disturbance counts for little.
 *
 * @param {readonly [readonly string[], readonly string[]]} commands
 * @param {readonly string[]} generatorCommand
 * @param {import('../wire/scenarios.mjs').Scenario} scenario
 * @param {{ warmUpMs: number, measureMs: number }} times of all slices of a server together
 * @returns {Promise<[number, number]>}
 */
export const measurePair = async ([a, b], generatorCommand, scenario, { warmUpMs, measureMs }) => {
  const times = { warmUpMs, measureMs: Math.max(1, Math.round(measureMs / SLICES)) }
  const first = await open(a, generatorCommand, scenario, times)
  const second = await open(b, generatorCommand, scenario, times)
  for (let slice = 0; slice < SLICES; slice++)
    for (const each of slice % 2 === 0 ? [first, second] : [second, first]) await each.measure()
  await first.stop()
  await second.stop()
  return [spread(first.costs).median, spread(second.costs).median]
}
