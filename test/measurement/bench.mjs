/** One closed loop in a process of its own: node bench.mjs OPTIONS_AS_JSON. */
import { runLoad } from '../../dist/load.js'

const { ratePerSecond, latency } = await runLoad(JSON.parse(String(process.argv[2])))
console.log(JSON.stringify({ perSecond: ratePerSecond, p50Ms: latency.p50Us / 1_000 }))
