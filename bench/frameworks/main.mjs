// Frameworks on node:http and on the engine, unchanged: CPU per request. Measured as `npm run bench` measures.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machineFacts } from '../wire/machine.mjs'
import { measureLoad } from '../wire/measure.mjs'
import { generatorCommand, serverCommands, startServer } from '../wire/programs.mjs'
import { ratios, spread } from '../wire/statistics.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    frameworks: { type: 'string', default: 'hello,plain,fastify,express,koa,hono' },
  },
})
const rounds = Number(values.rounds)
const times = { warmUpMs: 2_000, measureMs: Number(values.seconds) * 1_000 }

const JSON_1_KIB = JSON.stringify({
  items: Array.from({ length: 36 }, (_, i) => ({ id: i + 100, name: 'item' })),
})
const HELLO = '{"hello":"world"}'

/** @param {string} target @param {string} body */
const get = (target, body) => ({
  title: `GET ${target}`,
  request: `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`,
  body,
  connections: 64,
  depth: 1,
})
const POST = {
  title: 'POST 1 KiB of JSON',
  request: `POST /json HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${JSON_1_KIB.length}\r\n\r\n${JSON_1_KIB}`,
  body: JSON_1_KIB,
  connections: 64,
  depth: 1,
}
const JSON_PAIR = [get('/json', HELLO), POST]

/** The transport to beat and its rival, what is asked of both, and what is promised of the first scenario. */
const CASES = {
  hello: { stacks: ['node:http', 'nova'], scenarios: [get('/', 'Hello, World!')], atLeast: 2 },
  plain: { stacks: ['node:http', 'nova'], scenarios: JSON_PAIR, atLeast: undefined },
  fastify: { stacks: ['node:http', 'nova'], scenarios: JSON_PAIR, atLeast: 1.8 },
  express: { stacks: ['node:http', 'nova'], scenarios: JSON_PAIR, atLeast: 1.3 },
  koa: { stacks: ['node:http', 'nova'], scenarios: JSON_PAIR, atLeast: 1.5 },
  hono: {
    stacks: ['node-server', 'nova/fetch'],
    scenarios: [...JSON_PAIR, get('/text', 'Hello, World!')],
    atLeast: 2,
  },
}

/** Answers first: a server that is wrong is not measured. @param {number} port @param {ReturnType<typeof get>} scenario */
const check = async (port, { title, request, body }) => {
  const [head = '', sent] = request.split('\r\n\r\n')
  const [method = '', target] = head.split(' ')
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`http://127.0.0.1:${port}${target}`, { method, headers, body: sent || null })
  const text = await response.text()
  if (response.status !== 200 || text !== body) throw new Error(`${title}: ${response.status} ${text}`)
}

const generator = generatorCommand()
/** What the kernel takes: a loop in C that reads, looks for the end of the head, and writes. Undefined without a compiler. */
const floor = serverCommands()['c-loop']
const script = fileURLToPath(new URL('server.mjs', import.meta.url))
/** @param {string} on @param {readonly number[]} cpu @param {import('../wire/statistics.mjs').Spread} gain @param {string} bound */
const row = (on, cpu, { median, min, max }, bound) =>
  `| | | ${on} | ${spread(cpu).median.toFixed(1)} | ${median.toFixed(2)} (${min.toFixed(2)}..${max.toFixed(2)}) | ${bound} |`

const lines = [
  '| framework | scenario | on | CPU us/request | cheaper | at least |',
  '|---|---|---|---|---|---|',
]
for (const [framework, { stacks, scenarios, atLeast }] of Object.entries(CASES)) {
  if (!values.frameworks.split(',').includes(framework)) continue
  const commands = stacks.map((stack) => [process.execPath, '--expose-gc', script, framework, stack])
  if (framework === 'hello' && floor !== undefined) commands.push([...floor])
  for (const command of commands) {
    const { server, port } = await startServer(command)
    for (const scenario of scenarios) await check(port, scenario)
    await server.stop()
  }
  for (const [index, scenario] of scenarios.entries()) {
    /** @type {number[][]} */
    const cpu = commands.map(() => [])
    const order = [...commands.keys()]
    for (let round = 0; round < rounds; round++) {
      for (const which of round % 2 === 0 ? order : order.toReversed()) {
        const run = await measureLoad(commands[which] ?? [], generator, scenario, times)
        cpu[which]?.push(run.cpuUs)
      }
    }
    const [base = [], ours = [], least] = cpu
    const gain = ratios(base, ours)
    const verdict = gain.median >= (atLeast ?? 0) ? 'met' : 'NOT MET'
    const bound = index === 0 && atLeast !== undefined ? `${atLeast} x: ${verdict}` : ''
    lines.push(
      `| ${framework} | ${scenario.title} | ${stacks[0]} | ${spread(base).median.toFixed(1)} | 1.00 | |`,
      row(stacks[1] ?? '', ours, gain, bound),
    )
    if (least !== undefined) lines.push(row('C loop', least, ratios(base, least), 'nothing can be cheaper'))
    process.stderr.write(`${framework} ${scenario.title}: ${gain.median.toFixed(2)} x\n`)
  }
}
console.log(lines.join('\n'))
const { node, cpu, cores } = /** @type {Record<string, unknown>} */ (machineFacts())
console.log(
  `\nNode ${node ?? process.version}, ${cpu ?? ''}, ${cores ?? ''} cores; medians (min..max) of ${rounds} interleaved rounds, NODE_ENV=production.`,
)
