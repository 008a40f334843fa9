import { expect } from 'vitest'
import { REFUSALS } from '../../src/errors.ts'
import { get, parseAnswers } from '../support/answers.ts'
import { cutsOf, type Reply } from '../support/wire.ts'
import type { Accepted, Refused } from './rule.ts'

/** Stands behind every message: whether it is processed is what a smuggler wants to decide. */
const NEXT = get('/next')

/** Every way to cut the message; the request behind it comes with the last piece. */
export const cutsBefore = (send: string): [name: string, pieces: string[]][] => {
  const cuts = cutsOf(send).map(([name, pieces]): [string, string[]] => [
    name,
    [...pieces.slice(0, -1), `${pieces.at(-1)}${NEXT}`],
  ])
  return [...cuts, ['cut behind it', [send, NEXT]]]
}

/** One readable answer with code and status, announced as the last, and the end of the connection. */
export const expectRefused = ({ name, refused }: Refused, { text, closed }: Reply, cut: string): void => {
  const answers = parseAnswers(text).map(({ status, body, fields }) => ({
    status,
    code: body.split(':', 1)[0],
    connection: fields['connection'],
  }))
  const { status } = REFUSALS[refused]
  expect({ answers, closed }, `${name}, ${cut}`).toEqual({
    answers: [{ status, code: refused, connection: 'close' }],
    closed: true,
  })
}

/** The echo, and that of the request behind it unless the message ends the connection. */
export const expectAccepted = ({ name, echo, closes }: Accepted, { text }: Reply, cut: string): void => {
  const bodies = parseAnswers(text).map(({ body }) => body)
  expect(bodies, `${name}, ${cut}`).toEqual(closes ? [echo] : [echo, 'GET /next []'])
}
