import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../package/packed.ts'
import { Program } from '../package/program.ts'
import { bodiesOf, get } from '../support/answers.ts'
import { type Certificate, canMakeCertificates, certificate } from './certificates.ts'
import { commonNameFor, replyOverTls } from './tls-client.ts'

const CLI = join(ROOT, 'dist/cli.js')

const appFolder = (app: string): { file: string; tls: string[]; write: (made: Certificate) => void } => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-tls-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const [file, key, cert] = ['app.mjs', 'key.pem', 'cert.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(file, app)
  const write = (made: Certificate): void => {
    writeFileSync(key, made.key)
    writeFileSync(cert, made.cert)
  }
  return { file, tls: ['--tls-key', key, '--tls-cert', cert], write }
}

const serve = (file: string, ...args: string[]): Program =>
  new Program(CLI, {}, ['serve', file, '--port', '0', '--host', '127.0.0.1', ...args])

describe.skipIf(!canMakeCertificates)('nova serve --tls-key --tls-cert', () => {
  test('serves HTTPS, and takes a new certificate with SIGHUP', async () => {
    const { file, tls, write } = appFolder('export const fetch = ({ url }) => new Response(url)')
    write(certificate('old.test'))
    const nova = serve(file, ...tls)
    const [, port] = /https:\/\/127\.0\.0\.1:(\d+)\//.exec(await nova.line()) ?? []
    expect(await commonNameFor(Number(port))).toBe('old.test')
    expect(bodiesOf((await replyOverTls(Number(port), [get('/a')])).text)).toEqual(['https://localhost/a'])
    write(certificate('new.test'))
    nova.signal('SIGHUP')
    expect(await nova.line()).toMatch(/^Reloaded/)
    expect(await commonNameFor(Number(port))).toBe('new.test')
    nova.signal('SIGTERM')
    expect(await nova.exitCode).toBe(0)
  })

  test('says what is missing', async () => {
    const { file, tls } = appFolder('export const handler = () => {}')
    const half = serve(file, ...tls.slice(0, 2))
    expect(await half.exitCode).not.toBe(0)
    expect(half.errors).toContain('--tls-key and --tls-cert belong together.')
    const nowhere = serve(file, ...tls)
    expect(await nowhere.exitCode).not.toBe(0)
    expect(nowhere.errors).toMatch(/ENOENT.*key\.pem/)
  })

  test('does not serve a listener of node:http in plain text', async () => {
    const { file, tls, write } = appFolder('export const listener = (req, res) => res.end()')
    write(certificate('old.test'))
    const nova = serve(file, ...tls)
    expect(await nova.exitCode).not.toBe(0)
    expect(nova.errors).toMatch(/without tls/)
  })
})
