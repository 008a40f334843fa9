import { compile, nodeServer, serverCommands } from '../wire/programs.mjs'
import { BROWSER_HEAD, SCENARIOS } from '../wire/scenarios.mjs'
import { buildUnpooled } from './unpooled.mjs'

/** How long a request of a distant client is under way; a round trip within a city. */
export const DISTANCE_US = 2_000
/** As many as the first versions allowed before they closed. */
const REQUESTS_PER_CONNECTION = 1_000

const CLIENTS = {
  .../** @type {import('../wire/scenarios.mjs').Scenario} */ (SCENARIOS['get-64']),
  request: BROWSER_HEAD,
}
const PERSISTENT = { ...CLIENTS, perConnection: REQUESTS_PER_CONNECTION }

/**
 * A step of the way from the first version to this one: what serves, and under which load. What a step brings is measured
 * against the step before.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {string} how
 * @property {readonly string[]} command
 * @property {import('../wire/scenarios.mjs').Scenario} near Clients that send again at once.
 * @property {import('../wire/scenarios.mjs').Scenario} [far] Clients whose next request takes DISTANCE_US.
 * @property {string} guess What had been guessed before anything was measured.
 */

/** @param {import('../wire/scenarios.mjs').Scenario} near */
const loads = (near) => ({ near, far: { ...near, pauseUs: DISTANCE_US } })

/** @returns {Promise<Step[]>} */
export const findSteps = async () => {
  const blocking = compile('../phases/blocking.c', 'blocking')
  const { 'c-loop': cLoop } = serverCommands()
  if (!blocking || !cLoop) throw new Error('The phases need Linux and a C compiler as `cc`')
  const unpooled = await buildUnpooled()
  const scalar = JSON.stringify({ parser: 'scalar' })
  const BUILT = '../../../dist/index.js'
  return [
    {
      name: 'close per request',
      how: 'blocking loop in C, one connection at a time',
      command: [blocking, 'close'],
      ...loads({ ...CLIENTS, perConnection: 1 }),
      guess: '',
    },
    {
      name: 'keep-alive',
      how: 'the same loop, connections stay',
      command: [blocking, 'keep-alive'],
      ...loads(PERSISTENT),
      guess: '2-5 x',
    },
    {
      name: 'event loop',
      how: 'epoll in C: the C loop of the wire bench',
      command: cLoop,
      ...loads(PERSISTENT),
      guess: '10-50 x',
    },
    {
      name: 'a whole server',
      how: 'this engine in Node without pools and SIMD: it checks, limits, and calls a handler',
      command: nodeServer('servers/nova.mjs', unpooled, scalar),
      ...loads(PERSISTENT),
      guess: '',
    },
    {
      name: '+ pools',
      how: 'the engine, scalar parser',
      command: nodeServer('servers/nova.mjs', BUILT, scalar),
      near: PERSISTENT,
      guess: '10-20 %',
    },
    {
      name: '+ SIMD',
      how: 'the engine with its defaults',
      command: nodeServer('servers/nova.mjs'),
      near: PERSISTENT,
      guess: '5-15 %',
    },
    {
      name: '+ pipelined batches',
      how: 'the same, 16 requests in one write',
      command: nodeServer('servers/nova.mjs'),
      near: { ...CLIENTS, depth: 16 },
      guess: '',
    },
  ]
}
