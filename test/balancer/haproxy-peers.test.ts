import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createEngine,
  type Handler,
  type ListenOptions,
  type ServerOptions,
} from '../../src/engine/server/engine.ts'
import { clientAddressOf, forwardedClientOf } from '../../src/http/forwarded.ts'
import { bodiesOf, get } from '../support/answers.ts'
import { canMakeCertificates, certificate } from '../tls/certificates.ts'
import { edited, fileOnPage } from './deployment-page.ts'
import { freePort, HAProxy, hasHAProxy } from './haproxy.ts'

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-peers-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const serve = async (
  options: ServerOptions,
  handler: Handler,
  where: ListenOptions = { host: '127.0.0.1' },
) => {
  const engine = createEngine(options, handler)
  onTestFinished(async () => {
    await engine.drain({ graceMs: 0 })
  })
  const { port } = await engine.listen(where)
  return { engine, port }
}

/** A connection to HAProxy, which asks one thing after the other. */
class Client {
  readonly #socket: Socket
  #received = ''

  constructor(port: number, isEncrypted: boolean) {
    const where = { port, host: '127.0.0.1' }
    this.#socket = isEncrypted
      ? connectTls({ ...where, rejectUnauthorized: false, servername: 'public.test' })
      : connect(where)
    onTestFinished(() => void this.#socket.destroy())
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text
    })
  }

  async ask(fields = ''): Promise<string> {
    const asked = bodiesOf(this.#received).length
    this.#socket.write(get('/', fields))
    await expect.poll(() => bodiesOf(this.#received).length, { interval: 5 }).toBe(asked + 1)
    return bodiesOf(this.#received)[asked] ?? ''
  }

  get port(): number {
    return this.#socket.localPort ?? 0
  }
}

const ALL_TLVS = 'ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,crc32c,unique-id'

interface Way {
  /** Of the server line. */
  readonly server: string
  /** To the engine. */
  readonly isEncrypted?: boolean
  /** From the client. */
  readonly isClientEncrypted?: boolean
  readonly isUnix?: boolean
}

const WAYS: Readonly<Record<string, Way>> = {
  'version 1': { server: 'send-proxy' },
  'version 1 on a unix socket': { server: 'send-proxy', isUnix: true },
  'version 1 in front of TLS': { server: 'send-proxy ssl verify none', isEncrypted: true },
  'version 2': { server: 'send-proxy-v2' },
  'version 2 in front of TLS': { server: 'send-proxy-v2 ssl verify none', isEncrypted: true },
  'version 2, telling of the TLS of the client': { server: 'send-proxy-v2-ssl-cn', isClientEncrypted: true },
  'version 2 with every TLV, in front of TLS': {
    server: `send-proxy-v2 proxy-v2-options ${ALL_TLVS} ssl verify none`,
    isEncrypted: true,
    isClientEncrypted: true,
  },
}

const whoAsks: Handler = (req, res) => res.end(`${req.remoteAddress} ${req.remotePort} ${req.encrypted}`)

const configFor = (bind: string, server: string): string => `
defaults
    mode http
    timeout connect 10s
    timeout client 10s
    timeout server 10s
    timeout check 10s
frontend web
    bind ${bind}
    unique-id-format %ci:%cp
    default_backend app
backend app
    http-reuse always
    option httpchk GET /
    default-server check inter 5s fastinter 50ms fall 1 rise 1
    server app1 ${server}
`

describe.skipIf(!hasHAProxy)('The PROXY protocol, as HAProxy speaks it', () => {
  const ways = Object.entries(WAYS).filter(
    ([, { isEncrypted, isClientEncrypted }]) => canMakeCertificates || !(isEncrypted || isClientEncrypted),
  )

  test.each(ways)('%s names each client, and checks pass', async (_name, way) => {
    const { server, isEncrypted = false, isClientEncrypted = false, isUnix = false } = way
    const folder = folderForTest()
    const path = join(folder, 'http.sock')
    const { key, cert } =
      isEncrypted || isClientEncrypted ? certificate('public.test') : { key: '', cert: '' }
    const { port } = await serve(
      {
        proxyProtocol: { trusted: [isUnix ? 'unix' : '127.0.0.1'] },
        ...(isEncrypted ? { tls: { key, cert } } : {}),
      },
      whoAsks,
      isUnix ? { path } : { host: '127.0.0.1' },
    )
    const pem = join(folder, 'public.pem')
    if (isClientEncrypted) writeFileSync(pem, `${cert}${key}`)
    const front = await freePort()
    const bind = `127.0.0.1:${front}${isClientEncrypted ? ` ssl crt ${pem}` : ''}`
    const proxy = await HAProxy.start(
      configFor(bind, `${isUnix ? `unix@${path}` : `127.0.0.1:${port}`} ${server}`),
    )
    await expect.poll(async () => (await proxy.server('app1'))['check_status']).toBe('L7OK')
    const clients = [new Client(front, isClientEncrypted), new Client(front, isClientEncrypted)]
    // Twice each: connections to the server are shared, but not between clients.
    for (const client of [...clients, ...clients]) {
      expect(await client.ask()).toBe(`127.0.0.1 ${client.port} ${isEncrypted}`)
    }
    expect(Number((await proxy.server('app1'))['reuse'])).toBe(2)
  })

  test('from a peer that is not trusted is refused: the check says 403', async () => {
    const { engine, port } = await serve({ proxyProtocol: { trusted: ['192.0.2.1'] } }, whoAsks)
    const proxy = await HAProxy.start(
      configFor(`127.0.0.1:${await freePort()}`, `127.0.0.1:${port} send-proxy-v2`),
    )
    await expect.poll(async () => (await proxy.server('app1'))['check_code']).toBe('403')
    expect(engine.stats().refused.UNTRUSTED_PROXY).toBeGreaterThan(0)
    expect(engine.stats().requests).toBe(0)
  })

  test('without a header in front is refused: the check says 400', async () => {
    const { port } = await serve({ proxyProtocol: { trusted: ['127.0.0.1'] } }, whoAsks)
    const proxy = await HAProxy.start(configFor(`127.0.0.1:${await freePort()}`, `127.0.0.1:${port}`))
    await expect.poll(async () => (await proxy.server('app1'))['check_code']).toBe('400')
  })
})

describe.skipIf(!hasHAProxy)('Forwarded fields, as HAProxy writes them', () => {
  const TRUSTED = { trusted: ['unix'] }

  const through = async (handler: Handler, edits: Readonly<Record<string, string>> = {}): Promise<Client> => {
    const path = join(folderForTest(), 'http.sock')
    await serve({}, handler, { path })
    const front = await freePort()
    await HAProxy.start(
      edited(fileOnPage('haproxy.cfg'), {
        'bind :80': `bind 127.0.0.1:${front}`,
        '10.0.0.11:3000': `unix@${path}`,
        '    server app2 10.0.0.12:3000\n': '',
        'default-server check': 'default-server',
        ...edits,
      }),
    )
    return new Client(front, false)
  }

  test('X-Forwarded-For, -Proto and -Host of the page name the client, whatever it invents', async () => {
    const client = await through((req, res) => {
      const { proto, host } = forwardedClientOf(req, TRUSTED)
      res.end(`${clientAddressOf(req, TRUSTED)} ${proto} ${host}`)
    })
    const invented =
      'X-Forwarded-For: 192.0.2.66\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.test\r\n'
    for (const fields of ['', invented])
      expect(await client.ask(fields)).toMatch(/^127\.0\.0\.1 http (?!evil)\S+$/)
  })

  test('Forwarded names the client, whatever it invents (RFC 7239, 5)', async () => {
    const options = { ...TRUSTED, field: 'forwarded' } as const
    const client = await through(
      (req, res) => {
        const { address, proto, host } = forwardedClientOf(req, options)
        res.end(`${address} ${proto} ${host}`)
      },
      {
        'option forwardfor':
          'http-request set-header Forwarded for=%[src];proto=%[ssl_fc,iif(https,http)];host="\\"%[req.hdr(host)]\\""',
      },
    )
    expect(await client.ask('Forwarded: for=192.0.2.66;proto=https;host=evil.test\r\n')).toMatch(
      /^127\.0\.0\.1 http (?!evil)\S+$/,
    )
  })
})
