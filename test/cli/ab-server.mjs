/** Answers after MS on the port in PORT. node ab-server.mjs MS [FILE: where to write the pids of itself and of a child] */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [ms = '0', file] = process.argv.slice(2)
if (file !== undefined) {
  // A child that does not end when its parent does, and does not listen to SIGTERM.
  const child = spawn('sh', ['-c', "trap '' TERM; sleep 60 & wait; sleep 60"], { stdio: 'ignore' })
  writeFileSync(file, `${process.pid} ${child.pid}`)
}
createServer((_, response) => setTimeout(() => response.end('ok'), Number(ms))).listen(
  Number(process.env['PORT']),
  '127.0.0.1',
)
