import { BlockList, isIPv4 } from 'node:net'
import { NovaError } from '../errors.ts'
import { canonicalAddress } from './ip-address.ts'

/** Stands for the peers of unix sockets, which have no address. */
const UNIX = 'unix'

const CIDR = /^([^/]+)\/(\d{1,3})$/

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6')

/** Peers whose word is taken for who their clients are. */
export class TrustedPeers {
  readonly #networks = new BlockList()
  #hasUnix = false

  /**
   * `entries`: addresses (`192.0.2.1`, `2001:db8::1`), networks (`10.0.0.0/8`, `fd00::/8`), and `unix`.
   * `option` is named in errors. @throws OPTION_INVALID
   */
  constructor(entries: readonly string[], option: string) {
    if (!Array.isArray(entries) || entries.length === 0) {
      throw new NovaError(
        'OPTION_INVALID',
        `Option ${option} must list the addresses that are believed, such as ['10.0.0.0/8'].`,
      )
    }
    for (const entry of entries) {
      if (this.#add(entry)) continue
      throw new NovaError(
        'OPTION_INVALID',
        `Option ${option} takes IP addresses, networks (10.0.0.0/8) and 'unix'; got ${String(entry)}.`,
      )
    }
  }

  /** `remoteAddress` of a connection, '' for a unix socket. */
  has(remoteAddress: string): boolean {
    if (remoteAddress === '') return this.#hasUnix
    // Takes an IPv4 address that is mapped into IPv6 for what it is.
    return this.#networks.check(remoteAddress, familyOf(remoteAddress))
  }

  #add(entry: unknown): boolean {
    if (typeof entry !== 'string') return false
    if (entry === UNIX) {
      this.#hasUnix = true
      return true
    }
    const [, network = entry, bits] = CIDR.exec(entry) ?? []
    const address = canonicalAddress(network)
    if (address === null) return false
    const family = familyOf(address)
    if (bits === undefined) {
      this.#networks.addAddress(address, family)
      return true
    }
    if (Number(bits) > (family === 'ipv4' ? 32 : 128)) return false
    this.#networks.addSubnet(address, Number(bits), family)
    return true
  }
}

const made = new WeakMap<readonly string[], TrustedPeers>()

/** As the constructor; made once for each array, which must not change afterwards. */
export const trustedPeersOf = (entries: readonly string[], option: string): TrustedPeers => {
  const known = made.get(entries)
  if (known !== undefined) return known
  const peers = new TrustedPeers(entries, option)
  made.set(entries, peers)
  return peers
}
