import { isValidHost } from './host.ts'
import { canonicalAddress } from './ip-address.ts'
import { type TrustedPeers, trustedPeersOf } from './trusted-peers.ts'

/** What is needed of a request: the engine's `Request` has it, and so has what a program makes of another one. */
export interface ForwardedRequest {
  readonly remoteAddress: string
  readonly encrypted: boolean
  readonly host: string
  readonly headers: { get(name: string): string | null | undefined }
}

export interface ForwardedOptions {
  /** The proxies that are believed: addresses, networks (`10.0.0.0/8`), `unix` for those on a unix socket. */
  trusted: readonly string[]
  /**
   * The field that the proxies write: `Forwarded` (RFC 7239), or `X-Forwarded-For`, `-Proto` and `-Host`. Only that one
   * is read, because a proxy lets the other pass as its client has sent it. Default 'x-forwarded'.
   */
  field?: 'x-forwarded' | 'forwarded'
}

/** The client, and what it asked for, as the outermost trusted proxy saw them. */
export interface ForwardedClient {
  /** IP address; '' where only a unix socket is known. */
  address: string
  proto: 'http' | 'https'
  /** Host and port. */
  host: string
}

/** One proxy's word; '' for what it did not say. */
interface Hop {
  readonly address: string
  readonly proto: string
  readonly host: string
}

/** No request passes more proxies than this; what stands further left is not looked at. */
const MAX_HOPS = 32

/** token "=" ( token / quoted-string ), with the blanks around ";" that some proxies write (RFC 7239, 4). */
const PAIR = /[!#$%&'*+.^`|~\w-]+=(?:[!#$%&'*+.^`|~\w-]+|"(?:[^"\\]|\\.)*")/
const ELEMENT = new RegExp(`^[ \\t]*(?:${PAIR.source})(?:[ \\t]*;[ \\t]*(?:${PAIR.source})?)*[ \\t]*$`)
const PAIRS = new RegExp(PAIR.source, 'g')

/** An address with an optional port, IPv6 in brackets if it has one (RFC 7239, 6); null for `unknown` and `_names`. */
const addressOf = (node: string): string | null => {
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(node) ?? []
  return canonicalAddress(bracketed ?? dotted ?? node)
}

const unquoted = (value: string): string =>
  value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value

const hopOf = (element: string): Hop | null => {
  const values = new Map<string, string>()
  for (const [pair] of element.matchAll(PAIRS)) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals).toLowerCase()
    // RFC 7239, 4: each parameter only once.
    if (values.has(name)) return null
    values.set(name, unquoted(pair.slice(equals + 1)))
  }
  const address = addressOf(values.get('for') ?? '')
  return address === null
    ? null
    : { address, proto: values.get('proto') ?? '', host: values.get('host') ?? '' }
}

/**
 * The hops of `Forwarded`, nearest first. Read from the right: what stands there was appended by a proxy that is
 * believed, and whatever its client had sent, an open quote for one, cannot change how it reads.
 */
function* forwardedHops(value: string): Generator<Hop | null, undefined> {
  let end = value.length
  let comma = end
  for (let looked = 0; looked < MAX_HOPS && end >= 0 && comma >= 0; looked++) {
    comma = comma === 0 ? -1 : value.lastIndexOf(',', comma - 1)
    const element = value.slice(comma + 1, end)
    // The comma stands in a quoted string.
    if (!ELEMENT.test(element)) continue
    yield hopOf(element)
    end = comma
  }
}

/** The elements of a list, last first. */
const fromRight = (value: string | null | undefined): string[] =>
  (value ?? '')
    .split(',')
    .map((element) => element.trim())
    .reverse()

/** Of a list that is as long as that of the addresses, the same hop's; else what the nearest proxy said. */
const sameHop = (list: readonly string[], index: number, hops: number): string =>
  (list.length === hops ? list[index] : list[0]) ?? ''

function* xForwardedHops(headers: ForwardedRequest['headers']): Generator<Hop | null, undefined> {
  const addresses = fromRight(headers.get('x-forwarded-for'))
  const protos = fromRight(headers.get('x-forwarded-proto'))
  const hosts = fromRight(headers.get('x-forwarded-host'))
  for (const [index, node] of addresses.slice(0, MAX_HOPS).entries()) {
    const address = addressOf(node)
    yield address === null
      ? null
      : {
          address,
          proto: sameHop(protos, index, addresses.length),
          host: sameHop(hosts, index, addresses.length),
        }
  }
}

/** The hop at which trust ends: the first that is not a trusted proxy itself, or the last that was told. */
const outermost = (hops: Iterable<Hop | null>, trusted: TrustedPeers): Hop | null => {
  let known: Hop | null = null
  for (const hop of hops) {
    if (hop === null) break
    known = hop
    if (!trusted.has(hop.address)) break
  }
  return known
}

const isHost = (host: string): boolean => {
  const bytes = new TextEncoder().encode(host)
  return host !== '' && isValidHost(bytes, 0, bytes.length)
}

/**
 * Who asks, and for what, through proxies. The fields count only when the peer itself is trusted, and are read from
 * right to left: from the nearest proxy outwards, up to the first address that is not trusted. What a client writes
 * into them stands further left and is never believed. @throws OPTION_INVALID
 */
export const forwardedClientOf = (request: ForwardedRequest, options: ForwardedOptions): ForwardedClient => {
  const trusted = trustedPeersOf(options.trusted, 'trusted')
  const direct: ForwardedClient = {
    address: request.remoteAddress,
    proto: request.encrypted ? 'https' : 'http',
    host: request.host,
  }
  if (!trusted.has(request.remoteAddress)) return direct
  const { headers } = request
  const hops =
    options.field === 'forwarded' ? forwardedHops(headers.get('forwarded') ?? '') : xForwardedHops(headers)
  const hop = outermost(hops, trusted)
  if (hop === null) return direct
  const proto = hop.proto.toLowerCase()
  return {
    address: hop.address,
    proto: proto === 'http' || proto === 'https' ? proto : direct.proto,
    host: isHost(hop.host) ? hop.host : direct.host,
  }
}

/** The client's IP address, as `forwardedClientOf` finds it. @throws OPTION_INVALID */
export const clientAddressOf = (request: ForwardedRequest, options: ForwardedOptions): string =>
  forwardedClientOf(request, options).address
