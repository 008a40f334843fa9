/** One test in a process of its own: node bench.mjs OPTIONS_AS_JSON. */
import { runLoad } from '../../dist/load.js'

const { ratePerSecond, latency, generator } = await runLoad(JSON.parse(String(process.argv[2])))
console.log(JSON.stringify({ ratePerSecond, latency, generator }))
