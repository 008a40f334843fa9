import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)
const REGISTER = join(import.meta.dirname, '../../dist/register.js')

/** Serves itself one request and prints which server did it. */
const PROGRAM = `
  const server = http.createServer((req, res) => res.end(server instanceof http.Server ? 'yes' : 'no'))
  server.listen(0, async () => {
    const answer = await (await fetch('http://127.0.0.1:' + server.address().port)).text()
    const own = Object.getOwnPropertySymbols(server).some((symbol) => symbol.description === 'nova.dropIn')
    console.log(answer, own, https.Server.prototype instanceof http.Server)
    server.close()
    server.closeAllConnections()
  })
`
const COMMONJS = `const http = require('node:http'); const https = require('https'); ${PROGRAM}`
const MODULE = `import * as http from 'http'; import https from 'node:https'; ${PROGRAM}`

const start = (type: 'commonjs' | 'module', source: string, env: Record<string, string> = {}) =>
  run(process.execPath, ['--import', REGISTER, `--input-type=${type}`, '-e', source], {
    env: { ...process.env, ...env },
  })

describe('node --import nova-http/register', () => {
  test.each([
    ['commonjs', COMMONJS],
    ['module', MODULE],
  ] as const)('serves an unchanged %s program', async (type, source) => {
    const { stdout, stderr } = await start(type, source)
    expect([stdout, stderr]).toEqual(['yes true false\n', ''])
  })

  test('NOVA_HTTP=off leaves node:http alone', async () => {
    const { stdout } = await start('commonjs', COMMONJS, { NOVA_HTTP: 'off' })
    expect(stdout).toBe('yes false false\n')
  })

  test.each(['on', 'off'])('NOVA_DEBUG says on stderr that it is %s', async (NOVA_HTTP) => {
    const { stderr } = await start('commonjs', COMMONJS, { NOVA_HTTP, NOVA_DEBUG: '1' })
    expect(stderr.split('\n')).toHaveLength(2)
    expect(stderr).toMatch(NOVA_HTTP === 'on' ? /use the engine/ : /off by NOVA_HTTP/)
  })
})
