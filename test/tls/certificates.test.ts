import { once } from 'node:events'
import { createSecureContext } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createEngine, type Engine, type ServerOptions } from '../../src/engine/server/engine.ts'
import type { TlsOptions } from '../../src/engine/transport/tls-options.ts'
import { get, parseAnswers } from '../support/answers.ts'
import { canMakeCertificates, certificate } from './certificates.ts'
import { commonNameFor, secureConnect } from './tls-client.ts'

const serve = async (tls: TlsOptions): Promise<{ engine: Engine; port: number }> => {
  const engine = createEngine({ tls }, (_req, res) => res.end('served'))
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
  })
  const { port } = await engine.listen({ host: '127.0.0.1' })
  return { engine, port }
}

describe.skipIf(!canMakeCertificates)('Certificates', () => {
  const main = certificate('main.test')
  const other = certificate('other.test')
  const wild = certificate('wild.test')

  test('are chosen by the name asked for, exact before wildcard (RFC 6066, 3)', async () => {
    const { port } = await serve({
      ...main,
      sni: { 'Other.test': other, '*.test': wild, 'a.b.test': other },
    })
    expect(await commonNameFor(port)).toBe('main.test')
    expect(await commonNameFor(port, 'other.test')).toBe('other.test')
    expect(await commonNameFor(port, 'any.test')).toBe('wild.test')
    expect(await commonNameFor(port, 'a.b.test')).toBe('other.test')
    expect(await commonNameFor(port, 'x.any.test')).toBe('main.test')
    expect(await commonNameFor(port, 'test')).toBe('main.test')
  })

  test('are chosen by a function, now or later', async () => {
    const context = createSecureContext(other)
    const { port } = await serve({
      ...main,
      sni: async (name) => (name === 'later.test' ? context : undefined),
    })
    expect(await commonNameFor(port, 'later.test')).toBe('other.test')
    expect(await commonNameFor(port, 'else.test')).toBe('main.test')
  })

  test('whose function fails end that handshake alone', async () => {
    const { engine, port } = await serve({
      ...main,
      sni: (name) => {
        if (name === 'bad.test') throw new Error('planned')
        return undefined
      },
    })
    await expect(commonNameFor(port, 'bad.test')).rejects.toThrow()
    expect(await commonNameFor(port, 'good.test')).toBe('main.test')
    expect(engine.stats().connections.closed.handshakeFailed).toBe(1)
  })

  test('change without a restart, those of names as well, and open connections go on', async () => {
    const { engine, port } = await serve({ ...main, sni: { 'name.test': other } })
    const open = await secureConnect(port)
    engine.setSecureContext({ ...wild, sni: { 'new.test': main } })
    expect(await commonNameFor(port)).toBe('wild.test')
    expect(await commonNameFor(port, 'name.test')).toBe('wild.test')
    expect(await commonNameFor(port, 'new.test')).toBe('main.test')
    open.write(get('/'))
    const [answer] = await once(open, 'data')
    expect(parseAnswers(String(answer))[0]?.body).toBe('served')
    open.destroy()
  })

  test('that cannot be used are refused, and the old ones stay', async () => {
    const { engine, port } = await serve({ ...main, sni: { 'name.test': other } })
    const bad = [
      { key: main.key, cert: other.cert },
      { ...wild, sni: { 'name.test': { key: 'none', cert: 'none' } } },
    ]
    for (const certificates of bad) {
      expect(() => engine.setSecureContext(certificates)).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID' }),
      )
    }
    expect(await commonNameFor(port)).toBe('main.test')
    expect(await commonNameFor(port, 'name.test')).toBe('other.test')
  })

  test.each<[name: string, tls: unknown, message: RegExp]>([
    ['no object', 'yes', /^Option tls must be an object/],
    ['nothing in it', {}, /^Option tls needs key and cert, or pfx/],
    ['a key without its certificate', { key: main.key }, /^Option tls needs key and cert/],
    ['an unknown name', { ...main, crt: main.cert }, /^Unknown option tls\.crt; known: .*cert/],
    ['a key of another certificate', { key: main.key, cert: other.cert }, /^Option tls: .*mismatch/],
    ['names that are none', { ...main, sni: 5 }, /^Option tls\.sni must be/],
    [
      'an unknown name for a name',
      { ...main, sni: { a: { crt: '' } } },
      /^Unknown option tls\.sni\['a'\]\.crt/,
    ],
    ['a flag that is none', { ...main, requestCert: 1 }, /^Option tls\.requestCert must be true or false/],
  ])('with %s are refused at once', (_name, tls, message) => {
    const options = { tls } as ServerOptions
    expect(() => createEngine(options, () => {})).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringMatching(message) }),
    )
  })

  test('cannot be set on an engine without TLS', () => {
    expect(() => createEngine({}, () => {}).setSecureContext(main)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID' }),
    )
  })
})
