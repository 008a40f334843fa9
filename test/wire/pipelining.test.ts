import { expect } from 'vitest'
import type { Handler } from '../../src/engine/server/engine.ts'
import { get, parseAnswers, post } from '../support/answers.ts'
import { wireTest } from '../support/wire.ts'

/** Answers now, in a microtask, or in some later turn, by what is asked. */
const mixed: Handler = async (req, res) => {
  const { target } = req
  const body = await req.text()
  if (target.startsWith('/slow'))
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
  if (target.startsWith('/fail')) throw new Error('planned')
  if (target.startsWith('/stream')) {
    res.write(target)
    await null
    return res.end(body)
  }
  res.end(target + body)
}

const tell = (text: string): string[] =>
  parseAnswers(text).map(({ status, body }) => `${status} ${body}`.trim())
const FAILED = '500 HANDLER_FAILED: The request handler failed.'

wireTest({
  name: 'Pipelined requests are answered in order, fast and slow mixed (RFC 9112, 9.3.2)',
  send: get('/slow') + get('/1') + get('/stream') + get('/slow2') + get('/2'),
  handler: mixed,
  options: { onError: () => {} },
  check: ({ text, closed }, cut) => {
    expect(tell(text), cut).toEqual(['200 /slow', '200 /1', '200 /stream', '200 /slow2', '200 /2'])
    expect(closed, cut).toBe(true)
  },
})

wireTest({
  name: 'Requests that change something take their place in the pipeline (RFC 9112, 9.3.2)',
  send: get('/slow') + post('/1', 'body') + post('/slow', 'x', 'DELETE') + get('/2'),
  handler: mixed,
  check: ({ text }, cut) =>
    expect(tell(text), cut).toEqual(['200 /slow', '200 /1body', '200 /slowx', '200 /2']),
})

wireTest({
  name: 'A failing handler in the middle of a pipeline costs its own answer only',
  send: get('/slow') + get('/fail') + post('/fail', 'x') + get('/end'),
  handler: mixed,
  options: { onError: () => {} },
  check: ({ text }, cut) => expect(tell(text), cut).toEqual(['200 /slow', FAILED, FAILED, '200 /end']),
})

wireTest({
  name: 'With one request in flight at a time nothing is lost (maxPipelined 1)',
  send: get('/slow') + get('/1') + post('/slow', 'x') + get('/2'),
  handler: mixed,
  options: { maxPipelined: 1 },
  check: ({ text }, cut) => expect(tell(text), cut).toEqual(['200 /slow', '200 /1', '200 /slowx', '200 /2']),
})

wireTest({
  name: 'Connection: close in the middle ends the connection after its answer (RFC 9112, 9.6)',
  send: get('/slow') + get('/last', 'Connection: close\r\n') + get('/never'),
  handler: mixed,
  check: ({ text, closed }, cut) => {
    expect(tell(text), cut).toEqual(['200 /slow', '200 /last'])
    expect(parseAnswers(text).at(-1)?.fields.connection, cut).toBe('close')
    expect(closed, cut).toBe(true)
  },
})

wireTest({
  name: 'A refused message is answered after everything asked before it, and nothing after it is looked at',
  send: `${get('/slow')}${get('/1')}GET /bad HTTP/1.1\r\nNo-Host: a\r\n\r\n${get('/never')}`,
  handler: mixed,
  check: ({ text, closed }, cut) => {
    const answers = parseAnswers(text)
    expect(
      answers.map(({ status }) => status),
      cut,
    ).toEqual([200, 200, 400])
    expect(answers[2]?.fields.connection, cut).toBe('close')
    expect(answers[2]?.body, cut).toContain('MISSING_HOST')
    expect(closed, cut).toBe(true)
  },
})

wireTest({
  name: 'A head that never ends is answered 400 at the half-close, after the answers before it',
  send: `${get('/slow')}GET /cut HTTP/1.1\r\nHos`,
  handler: mixed,
  check: ({ text }, cut) => {
    const answers = parseAnswers(text)
    expect(
      answers.map(({ status }) => status),
      cut,
    ).toEqual([200, 400])
    expect(answers[1]?.body, cut).toContain('INCOMPLETE_HEAD')
  },
})

wireTest({
  name: 'Empty lines before and between requests are skipped (RFC 9112, 2.2)',
  send: `\r\n\r\n${get('/1')}\r\n${get('/2')}\r\n\r\n`,
  handler: mixed,
  check: ({ text }, cut) => expect(tell(text), cut).toEqual(['200 /1', '200 /2']),
})
