import { execFileSync } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { RawClient } from './raw-client.ts'
import { startServerProcess } from './server-process.ts'

const WANTED = 2_000
/** Descriptors of each process that are not connections, with room to spare. */
const OTHER_DESCRIPTORS = 200
const ROUNDS = 4

const limit = execFileSync('sh', ['-c', 'ulimit -n']).toString().trim()
const CONNECTIONS = limit === 'unlimited' ? WANTED : Math.min(WANTED, Number(limit) - OTHER_DESCRIPTORS)

const requestOf = (target: string, identity: string): string =>
  `GET ${target} HTTP/1.1\r\nHost: localhost\r\nX-Identity: ${identity}\r\n\r\n`

test(`${CONNECTIONS} connections at once get their own answers, round after round`, async () => {
  if (CONNECTIONS < WANTED)
    console.warn(`ulimit -n is ${limit}: ${CONNECTIONS} instead of ${WANTED} connections`)
  const server = await startServerProcess()
  const clients = Array.from({ length: CONNECTIONS }, () => new RawClient(server.port))
  onTestFinished(() => {
    for (const client of clients) client.close()
  })

  const ask = async (client: RawClient, target: string, identity: string): Promise<void> => {
    client.send(requestOf(target, identity))
    const { status, body } = await client.answer()
    if (status !== 200 || body !== `${target} ${identity}`) {
      throw new Error(`${identity} asked for ${target} and got ${status} ${body}`)
    }
  }

  // No answer leaves before the last request has arrived: this many exchanges are open at one time.
  const gather = `/gather?count=${CONNECTIONS}`
  await Promise.all(clients.map((client, i) => ask(client, `${gather}&i=${i}`, `client-${i}`)))
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all(
      clients.map((client, i) =>
        ask(client, `/later?turns=${(i * 7 + round) % 5}&i=${i}`, `client-${i}-${round}`),
      ),
    )
  }

  const { stats } = await server.measure()
  expect(stats.connections).toMatchObject({ open: CONNECTIONS, idle: CONNECTIONS, accepted: CONNECTIONS })
  expect(stats.responses['2xx']).toBe(CONNECTIONS * (ROUNDS + 1))
  expect(stats.exchanges).toMatchObject({ live: 0, peak: CONNECTIONS })
})
