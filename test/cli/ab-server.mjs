/**
 * Answers after MS on the port in PORT. node ab-server.mjs MS [FILE [stubborn]]: with FILE it has a child that does not
 * end when it does, and writes both pids there; a stubborn child does not listen to SIGTERM.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [ms = '0', file, stubborn] = process.argv.slice(2)
if (file !== undefined) {
  const trap = stubborn === 'stubborn' ? "trap '' TERM; " : ''
  const child = spawn('sh', ['-c', `${trap}sleep 60; sleep 60`], { stdio: 'ignore' })
  writeFileSync(file, `${process.pid} ${child.pid}`)
}
createServer((_, response) => setTimeout(() => response.end('ok'), Number(ms))).listen(
  Number(process.env['PORT']),
  '127.0.0.1',
)
