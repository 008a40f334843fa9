import { canonicalAddress } from '../../http/ip-address.ts'

/**
 * The header of the PROXY protocol, versions 1 and 2 (haproxy.org, doc/proxy-protocol.txt): who connected to the proxy
 * that connects to us. Strict, since whoever is believed here is believed by everything behind.
 */

export interface ProxyPeer {
  /** '' for a unix socket. */
  readonly address: string
  readonly port: number
}

export interface ProxyHeader {
  /** Bytes of the header; what follows belongs to the connection. */
  readonly length: number
  /** Null: the proxy speaks for itself (LOCAL) or does not know (UNKNOWN, UNSPEC); the socket's own peer counts. */
  readonly peer: ProxyPeer | null
}

const CR = 0x0d
const LF = 0x0a

/** Section 2.1: the longest line, CRLF included. */
const MAX_V1_BYTES = 107
const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1')
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const V2_HEAD_BYTES = 16
/** Addresses and TLVs. Section 2.2 allows 65,535; what proxies send in TLVs (names, a certificate's subject) is small. */
const MAX_V2_REST_BYTES = 4_096

const V2_LOCAL = 0x20
const V2_PROXY = 0x21
const UNSPEC = 0x00
const TCP_OVER_IPV4 = 0x11
const TCP_OVER_IPV6 = 0x21
const UNIX_STREAM = 0x31

/** What the addresses of a family take. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = {
  [TCP_OVER_IPV4]: 12,
  [TCP_OVER_IPV6]: 36,
  [UNIX_STREAM]: 216,
}

const TCP_LINE = /^PROXY TCP([46]) (\S+) (\S+) (0|[1-9]\d{0,4}) (0|[1-9]\d{0,4})$/
const UNKNOWN_LINE = /^PROXY UNKNOWN(?: [\x20-\x7e]*)?$/
const MAX_PORT = 65_535

const startsLike = (bytes: Uint8Array, signature: Uint8Array): boolean => {
  const length = Math.min(bytes.length, signature.length)
  for (let at = 0; at < length; at++) if (bytes[at] !== signature[at]) return false
  return true
}

/**
 * Reads the header at the start of `bytes`, which is everything that has arrived so far. 'incomplete': more is needed,
 * never more than 4,112 bytes; 'malformed': it is no such header, whatever follows.
 */
export const parseProxyHeader = (bytes: Uint8Array): ProxyHeader | 'incomplete' | 'malformed' => {
  if (bytes.length === 0) return 'incomplete'
  if (startsLike(bytes, V1_SIGNATURE)) return parseLine(bytes)
  if (startsLike(bytes, V2_SIGNATURE)) return parseBinary(bytes)
  return 'malformed'
}

/** Section 2.1. */
const parseLine = (bytes: Uint8Array): ProxyHeader | 'incomplete' | 'malformed' => {
  const limit = Math.min(bytes.length, MAX_V1_BYTES)
  let end = 0
  while (end < limit && bytes[end] !== CR && bytes[end] !== LF) end++
  if (end + 1 >= MAX_V1_BYTES || bytes[end] === LF) return 'malformed'
  if (end + 1 >= bytes.length) return 'incomplete'
  if (bytes[end + 1] !== LF) return 'malformed'
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('latin1')
  const length = end + 2
  if (UNKNOWN_LINE.test(line)) return { length, peer: null }
  const [, family, source = '', destination = '', sourcePort, destinationPort] = TCP_LINE.exec(line) ?? []
  const address = addressIn(family, source)
  const port = Number(sourcePort)
  const isValid =
    address !== null &&
    addressIn(family, destination) !== null &&
    port <= MAX_PORT &&
    Number(destinationPort) <= MAX_PORT
  return isValid ? { length, peer: { address, port } } : 'malformed'
}

const addressIn = (family: string | undefined, text: string): string | null =>
  text.includes(':') === (family === '6') ? canonicalAddress(text) : null

/** Section 2.2. */
const parseBinary = (bytes: Uint8Array): ProxyHeader | 'incomplete' | 'malformed' => {
  const [command, family] = [bytes[12], bytes[13]]
  if (command !== undefined && command !== V2_LOCAL && command !== V2_PROXY) return 'malformed'
  // The family of a LOCAL header is to be ignored.
  const isProxied = command === V2_PROXY && family !== UNSPEC
  const needed = isProxied && family !== undefined ? ADDRESS_BYTES[family] : 0
  if (needed === undefined) return 'malformed'
  if (bytes.length < V2_HEAD_BYTES) return 'incomplete'
  const rest = ((bytes[14] as number) << 8) | (bytes[15] as number)
  if (rest < needed || rest > MAX_V2_REST_BYTES) return 'malformed'
  const length = V2_HEAD_BYTES + rest
  if (bytes.length < length) return 'incomplete'
  return { length, peer: isProxied ? peerIn(bytes, family as number) : null }
}

const peerIn = (bytes: Uint8Array, family: number): ProxyPeer | null => {
  const view = new DataView(bytes.buffer, bytes.byteOffset + V2_HEAD_BYTES)
  switch (family) {
    case TCP_OVER_IPV4:
      return { address: [0, 1, 2, 3].map((at) => view.getUint8(at)).join('.'), port: view.getUint16(8) }
    case TCP_OVER_IPV6: {
      const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((at) => view.getUint16(at).toString(16))
      return { address: canonicalAddress(groups.join(':')) ?? '', port: view.getUint16(32) }
    }
    default:
      // A unix socket of the proxy's machine: its path says nothing here.
      return { address: '', port: 0 }
  }
}
