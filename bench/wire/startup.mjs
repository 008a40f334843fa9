import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { pinned, SERVER_CORE } from './processes.mjs'
import { spread } from './statistics.mjs'

/** @typedef {import('./statistics.mjs').Spread} Spread */

const REQUEST = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'

/** Resident bytes of a process; NaN where there is no /proc. @param {number | undefined} pid */
const rssOf = (pid) => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024
  } catch {
    return Number.NaN
  }
}

/** @param {number} port @returns {Promise<void>} when the first bytes of an answer are there */
const answer = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(REQUEST))
    socket.on('error', reject)
    socket.once('data', (bytes) => {
      socket.destroy()
      if (bytes.includes('200 OK')) resolve()
      else reject(new Error(`The first answer is not 200: ${bytes}`))
    })
  })

/**
 * Starts a program, waits for the line with its port, and asks it once.
 *
 * @param {readonly string[]} command
 */
const live = async (command) => {
  const [file = '', ...args] = pinned(command, SERVER_CORE)
  const began = performance.now()
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
    if (done) throw new Error(`${command.join(' ')} failed`)
    await answer(JSON.parse(value).port)
    return { ms: performance.now() - began, rssBytes: rssOf(child.pid) }
  } finally {
    const exited = child.exitCode === null && new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await exited
  }
}

/** `node -e 0` from its start to its end. @returns {Promise<number>} */
const emptyLife = () =>
  new Promise((resolve, reject) => {
    const [file = '', ...args] = pinned([process.execPath, '-e', '0'], SERVER_CORE)
    const began = performance.now()
    spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
      .on('error', reject)
      .on('close', () => resolve(performance.now() - began))
  })

/** Resident bytes of a Node that has run `0` and is waiting. */
const emptyRss = async () => {
  const [file = '', ...args] = pinned(
    [process.execPath, '-e', "fs.writeSync(1,'0\\n');setTimeout(()=>{},1e6)"],
    SERVER_CORE,
  )
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const bytes = rssOf(child.pid)
  child.kill('SIGKILL')
  return bytes
}

/**
 * @typedef {object} Startup
 * @property {Spread} answerMs From the start of the process to its first answer, less the whole life of `node -e 0`.
 * @property {Spread} rssBytes After that answer.
 * @property {Spread} rssOverNode The same less that of a Node that has run nothing.
 */

/**
 * What it costs to load a server, listen and answer one request over a real socket. Differences within interleaved
 * rounds, and so negative for a program that starts sooner than Node.
 *
 * @param {ReadonlyMap<string, readonly string[]>} programs by server
 * @param {number} rounds
 * @returns {Promise<Record<string, Startup>>}
 */
export const measureStartup = async (programs, rounds) => {
  /** @type {Map<string, { ms: number, rssBytes: number, rssOverNode: number }[]>} */
  const all = new Map([...programs.keys()].map((name) => [name, []]))
  // The first run of each reads the files from disk.
  for (const command of programs.values()) await live(command)
  for (let round = 0; round < rounds; round++) {
    const [emptyMs, emptyBytes] = [await emptyLife(), await emptyRss()]
    for (const [name, command] of programs) {
      const { ms, rssBytes } = await live(command)
      all.get(name)?.push({ ms: ms - emptyMs, rssBytes, rssOverNode: rssBytes - emptyBytes })
    }
  }
  return Object.fromEntries(
    [...all].map(([name, values]) => [
      name,
      {
        answerMs: spread(values.map((each) => each.ms)),
        rssBytes: spread(values.map((each) => each.rssBytes)),
        rssOverNode: spread(values.map((each) => each.rssOverNode)),
      },
    ]),
  )
}
