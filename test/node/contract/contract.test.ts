import http from 'node:http'
import { describe, expect, test } from 'vitest'
import { createServer } from '../../../src/node/server.ts'
import { ANSWERS } from './answers.ts'
import { BEHAVIOUR } from './behaviour.ts'
import { REPEATS } from './repeats.ts'
import { record, type Scenario } from './transcript.ts'
import { WIRE } from './wire.ts'

const compare = (scenarios: readonly Scenario[]): void => {
  test.each(scenarios)('$name', async (scenario) => {
    const expected = await record(http.createServer, scenario)
    expect(await record(createServer, scenario)).toEqual(expected)
  })
}

describe('one answer is the same, to the byte, as from node:http', () => compare(ANSWERS))
describe('answers that repeat are the same, to the byte, as from node:http', () => compare(REPEATS))
describe('a connection is the same as with node:http', () => compare(WIRE))
describe('a program sees the same as with node:http', () => compare(BEHAVIOUR))
