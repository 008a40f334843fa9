import { parseArgs } from 'node:util'
import { run } from 'mitata'
import './parser.mjs'
import './timer-wheel.mjs'
import './pool.mjs'
import './serializer.mjs'

const { values } = parseArgs({
  options: { filter: { type: 'string' }, help: { type: 'boolean', default: false } },
})

if (values.help) console.log('npm run bench:micro -- [--filter REGULAR_EXPRESSION]')
else await run({ throw: true, ...(values.filter ? { filter: new RegExp(values.filter) } : {}) })
