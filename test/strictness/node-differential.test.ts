import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEngine, type Engine } from '../../src/engine/server/engine.ts'
import { loadCorpus } from '../fuzz/corpus.ts'
import { get } from '../support/answers.ts'
import { echoHandler, replyOnSocket } from '../support/wire.ts'
import { DIFFERENCES, type Difference } from './differences.ts'
import { ACCEPTED, REFUSED } from './rules.ts'

/** Limits are a matter of options; node:http has others. */
const STREAMS: readonly [name: string, bytes: string][] = [
  ...[...REFUSED, ...ACCEPTED]
    .filter(({ options }) => options === undefined)
    .map(({ name, section, send }): [string, string] => [`${section}: ${name}`, send + get('/next')]),
  ...loadCorpus()
    .filter(({ trial }) => trial === undefined)
    .map(({ name, bytes }): [string, string] => [`corpus: ${name}`, bytes]),
]

let engine: Engine
let ours = 0
let node: Server
let theirs = 0

beforeAll(async () => {
  engine = createEngine({}, echoHandler)
  ours = (await engine.listen({ host: '127.0.0.1' })).port as number
  node = createServer((req, res) => {
    let body = ''
    req.setEncoding('latin1')
    req.on('data', (chunk: string) => {
      body += chunk
    })
    req.on('end', () => res.end(`${req.method} ${req.url} [${body}]`, 'latin1'))
  })
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
  theirs = (node.address() as AddressInfo).port
})

afterAll(async () => {
  await engine.drain({ graceMs: 0 })
  node.closeAllConnections()
  await new Promise((resolve) => node.close(resolve))
})

/** How many requests a server took for complete and answered with success. */
const accepted = async (port: number, bytes: string): Promise<number> => {
  const { text } = await replyOnSocket(port, [bytes])
  return text.split('HTTP/1.1 200 OK\r\n').length - 1
}

const verdict = (byUs: number, byNode: number): Difference['accepts'] => (byUs > byNode ? 'ours' : 'node')

test('where node:http and the engine disagree is known and has a reason', { timeout: 60_000 }, async () => {
  const found: Record<string, Difference['accepts']> = {}
  await Promise.all(
    STREAMS.map(async ([name, bytes]) => {
      const [byUs, byNode] = await Promise.all([accepted(ours, bytes), accepted(theirs, bytes)])
      if (byUs !== byNode) found[name] = verdict(byUs, byNode)
    }),
  )
  const known = Object.fromEntries(Object.entries(DIFFERENCES).map(([name, { accepts }]) => [name, accepts]))
  if (process.env['SHOW']) console.log(JSON.stringify(found, null, 1))
  // Other versions of Node carry other llhttps: they may agree with us more often, never less.
  if (process.versions['llhttp'] === '9.3.1') expect(found).toEqual(known)
  else expect(known).toMatchObject(found)
})
