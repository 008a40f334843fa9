import { connect } from 'node:net'
import { closing, orderCheck } from './scenarios.mjs'

const ANSWERED_WITHIN_MS = 5_000

/** @param {string} head */
const contentLength = (head) => Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? Number.NaN)

/**
 * Takes `count` answers off the front of what was received; undefined while they are not all there.
 *
 * @param {string} received
 * @param {number} count
 */
const split = (received, count) => {
  const answers = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const headEnd = received.indexOf('\r\n\r\n', at)
    if (headEnd < 0) return undefined
    const head = received.slice(at, headEnd + 4)
    const length = contentLength(head)
    if (!Number.isInteger(length)) throw new Error(`An answer has no Content-Length:\n${head}`)
    at = headEnd + 4 + length
    if (at > received.length) return undefined
    answers.push({ head, body: received.slice(headEnd + 4, at) })
  }
  if (at < received.length)
    throw new Error(`More was sent than asked for: ${JSON.stringify(received.slice(at, at + 200))}`)
  return answers
}

/**
 * Sends all requests in one write and returns their answers, byte for byte.
 *
 * @param {number} port
 * @param {readonly string[]} requests
 * @param {boolean} closes The server has to close after the last answer.
 * @returns {Promise<{ head: string, body: string }[]>}
 */
const exchange = (port, requests, closes) =>
  new Promise((resolve, reject) => {
    let received = ''
    /** @type {ReturnType<typeof split>} */
    let answers
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(requests.join('')))
    socket.setEncoding('latin1')
    socket.setTimeout(ANSWERED_WITHIN_MS, () =>
      socket.destroy(
        new Error(`${answers ? 'Not closed' : 'No answer'} for 5 s; received: ${received.slice(0, 500)}`),
      ),
    )
    socket.on('data', (chunk) => {
      received += chunk
      try {
        answers = split(received, requests.length)
        if (answers && !closes) socket.destroy()
      } catch (error) {
        socket.destroy(/** @type {Error} */ (error))
      }
    })
    socket.on('error', reject)
    socket.on('close', () => {
      if (answers) resolve(answers)
      else reject(new Error(`The connection was closed; received: ${received.slice(0, 500)}`))
    })
  })

/**
 * @param {number} port
 * @param {readonly { request: string, body: string }[]} expected
 * @param {boolean} [closes]
 */
const checkAnswers = async (port, expected, closes = false) => {
  const requests = expected.map((each) => each.request)
  const answers = await exchange(port, requests, closes)
  for (const [i, answer] of answers.entries()) {
    if (!answer.head.startsWith('HTTP/1.1 200 ')) throw new Error(`Answer ${i} is not 200:\n${answer.head}`)
    if (answer.body !== expected[i]?.body)
      throw new Error(`Answer ${i} has a wrong body:\n${answer.body.slice(0, 500)}`)
  }
  return answers
}

/**
 * Throws unless the server answers every scenario, and a pipelined mixture of slow and quick requests in order.
 *
 * @param {number} port
 * @param {Readonly<Record<string, import('./scenarios.mjs').Scenario>>} scenarios by name: those the server can do
 * @returns {Promise<{ answer: string }>} the answer to the first scenario, for the report
 */
export const checkServer = async (port, scenarios) => {
  let answer = ''
  for (const scenario of Object.values(scenarios)) {
    const [first] = await checkAnswers(port, Array(scenario.depth).fill(scenario))
    if (first && !answer) answer = first.head + first.body
    if (scenario.perConnection)
      await checkAnswers(port, [{ ...scenario, request: closing(scenario.request) }], true)
  }
  await checkAnswers(port, orderCheck(Object.keys(scenarios)))
  return { answer }
}
