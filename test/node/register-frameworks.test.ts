import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Program } from '../package/program.ts'
import { postJson } from './frameworks/serving.ts'

const HERE = import.meta.dirname
const REGISTER = `--import=${pathToFileURL(join(HERE, '../../dist/register.js'))}`

interface Started {
  program: Program
  origin: string
  onEngine: boolean
}

const start = async (file: string, env: Record<string, string>): Promise<Started> => {
  const program = new Program(join(HERE, 'register', file), { NODE_ENV: 'production', ...env })
  const { port, onEngine } = JSON.parse(await program.line()) as { port: number; onEngine: boolean }
  return { program, origin: `http://127.0.0.1:${port}`, onEngine }
}

const APPLICATIONS = [
  ['express', 'frameworks.mjs'],
  ['express', 'frameworks.cjs'],
  ['express4', 'frameworks.cjs'],
  ['fastify', 'frameworks.mjs'],
  ['fastify', 'frameworks.cjs'],
  ['koa', 'frameworks.mjs'],
  ['koa', 'frameworks.cjs'],
] as const

describe('an unchanged application under nova-http/register', () => {
  test.concurrent.each(APPLICATIONS)('%s in %s', async (FRAMEWORK, file) => {
    const { program, origin, onEngine } = await start(file, { FRAMEWORK, NODE_OPTIONS: REGISTER })
    try {
      expect(onEngine).toBe(true)
      const answer = await postJson(origin, { a: [1, 'ä'] })
      expect([answer.status, await answer.json()]).toEqual([200, { got: { a: [1, 'ä'] } }])
      expect(program.errors).toBe('')
    } finally {
      program.signal('SIGKILL')
    }
  })
})

const SERVER_KIND = 1

describe("OpenTelemetry's HTTP instrumentation", () => {
  const runs = [
    ['node:http', '', false],
    ['nova-http/register', REGISTER, true],
  ] as const

  test.each(runs)('makes its spans on %s', async (_name, NODE_OPTIONS, isOnEngine) => {
    const { program, origin, onEngine } = await start('traced.cjs', { NODE_OPTIONS })
    expect(onEngine).toBe(isOnEngine)
    for (const path of ['/whole', '/streamed']) {
      const body = await (await fetch(origin + path)).text()
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
