import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Program } from '../package/program.ts'
import { postJson } from './frameworks/serving.ts'

const HERE = import.meta.dirname
const REGISTER = `--import=${pathToFileURL(join(HERE, '../../dist/register.js'))}`

interface Served {
  port: number
  onEngine: boolean
}

const start = async <T>(file: string, NODE_OPTIONS: string): Promise<{ program: Program; told: T }> => {
  const program = new Program(join(HERE, 'register', file), { NODE_ENV: 'production', NODE_OPTIONS })
  return { program, told: JSON.parse(await program.line()) as T }
}

const originOf = ({ port }: Served): string => `http://127.0.0.1:${port}`

describe('unchanged applications under nova-http/register', () => {
  test.each([
    ['frameworks.mjs', ['express', 'fastify', 'koa']],
    ['frameworks.cjs', ['express', 'express4', 'fastify', 'koa']],
  ])('%s: %j', async (file, frameworks) => {
    const { program, told } = await start<Record<string, Served>>(file, REGISTER)
    expect(Object.keys(told)).toEqual(frameworks)
    for (const served of Object.values(told)) {
      expect(served.onEngine).toBe(true)
      const answer = await postJson(originOf(served), { a: [1, 'ä'] })
      expect([answer.status, await answer.json()]).toEqual([200, { got: { a: [1, 'ä'] } }])
    }
    expect(program.errors).toBe('')
  })
})

const SERVER_KIND = 1

describe("OpenTelemetry's HTTP instrumentation", () => {
  const runs = [
    ['node:http', '', false],
    ['nova-http/register', REGISTER, true],
  ] as const

  test.each(runs)('makes its spans on %s', async (_name, NODE_OPTIONS, isOnEngine) => {
    const { program, told } = await start<Served>('traced.cjs', NODE_OPTIONS)
    expect(told.onEngine).toBe(isOnEngine)
    for (const path of ['/whole', '/streamed']) {
      const body = await (await fetch(originOf(told) + path)).text()
      // The handler sees the span that is told later.
      const span = JSON.parse(await program.line()) as { traceId: string }
      expect(span).toEqual({
        name: 'GET',
        kind: SERVER_KIND,
        status: 202,
        traceId: expect.stringMatching(/^\w{32}$/),
      })
      expect(body).toBe(path === '/streamed' ? `traced ${span.traceId}` : span.traceId)
    }
  })
})
