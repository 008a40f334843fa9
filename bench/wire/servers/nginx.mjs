/** Starts nginx as one process, and speaks for it with the bench: what it uses stands in /proc. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { HELLO, LARGE } from './bodies.mjs'

const TRIES = 200
const PAUSE_MS = 10

const folder = mkdtempSync(join(tmpdir(), 'nova-bench-nginx-'))

/** nginx does not take 0. @returns {Promise<number>} */
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })

/** @param {number} port @returns {Promise<boolean>} */
const accepts = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.on('connect', () => socket.destroy())
    socket.on('error', () => resolve(false))
  })

const port = await freePort()
writeFileSync(join(folder, 'large'), LARGE)
writeFileSync(
  join(folder, 'nginx.conf'),
  `daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events { worker_connections 16000; }
http {
  access_log off;
  sendfile on;
  keepalive_timeout 120s;
  keepalive_requests 1000000000;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    location = / { default_type text/plain; return 200 '${HELLO}'; }
    location = /json { default_type application/json; return 200 '${JSON.stringify({ message: HELLO })}'; }
    location = /large { default_type application/octet-stream; }
  }
}
`,
)
// It dies with this process, however that ends.
const args = ['--pdeathsig', 'KILL', 'nginx', '-p', folder, '-c', 'nginx.conf']
const nginx = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'inherit'] })

const end = () => {
  nginx.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
  process.exit()
}
nginx.on('exit', end)

/** @param {string} name a line of /proc/PID/status in KiB */
const statusBytes = (name) => {
  const status = readFileSync(`/proc/${nginx.pid}/status`, 'latin1')
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024
}

/** Of all threads, as getrusage(2) counts it. */
const cpuUs = () =>
  readdirSync(`/proc/${nginx.pid}/task`)
    .map((thread) => readFileSync(`/proc/${nginx.pid}/task/${thread}/schedstat`, 'latin1'))
    .reduce((sum, line) => sum + Number(line.split(' ')[0]) / 1000, 0)

for (let i = 0; !(await accepts(port)); i++) {
  if (i === TRIES) throw new Error('nginx does not listen')
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}
console.log(JSON.stringify({ port }))
const lines = createInterface({ input: process.stdin })
lines.on('line', () => {
  const usage = { cpuUs: cpuUs(), rssBytes: statusBytes('VmRSS'), peakRssBytes: statusBytes('VmHWM') }
  console.log(JSON.stringify(usage))
})
lines.on('close', end)
