import http from 'node:http'
import { describe, expect, test } from 'vitest'
import { createServer } from '../../../src/node/server.ts'
import { ANSWERS } from './answers.ts'
import { BEHAVIOUR } from './behaviour.ts'
import { CONTEXTS } from './contexts.ts'
import { closing, staying } from './messages.ts'
import { REPEATS } from './repeats.ts'
import { record, type Scenario } from './transcript.ts'
import { UPGRADES } from './upgrades.ts'
import { WIRE } from './wire.ts'

const compare = (scenarios: readonly Scenario[]): void => {
  test.each(scenarios)('$name', async (scenario) => {
    const expected = await record(http.createServer, scenario)
    expect(await record(createServer, scenario)).toEqual(expected)
  })
}

describe('one answer is the same, to the byte, as from node:http', () => compare(ANSWERS))
describe('answers that repeat are the same, to the byte, as from node:http', () => compare(REPEATS))
// node:http loses it: its parser drops what stands behind an Upgrade in the same read.
test('a request behind an Upgrade that nobody takes is answered', async () => {
  const { notes } = await record(createServer, {
    name: '',
    serve: (server, note) =>
      server.on('request', (req, res) => {
        note(req.url)
        res.end()
      }),
    send: [staying('/1', 'Connection: Upgrade\r\nUpgrade: chat\r\n') + closing('/2')],
  })
  expect(notes).toEqual(['/1', '/2'])
})
describe('other protocols and trailers are the same as with node:http', () => compare(UPGRADES))
describe('the async context is the same as with node:http', () => compare(CONTEXTS))
describe('a connection is the same as with node:http', () => compare(WIRE))
describe('a program sees the same as with node:http', () => compare(BEHAVIOUR))
