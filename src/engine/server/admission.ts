import type { RefusalCode } from '../../errors.ts'
import { unmapped } from '../../http/ip-address.ts'
import type { ResolvedOptions } from '../../options.ts'
import type { Transport, TransportSink } from '../transport/transport.ts'

/** Connections that are being told that they are one too many; beyond it they are reset without a word. */
export const MAX_TURNED_AWAY = 256

/** Whose address is only asked for when it counts: a socket asks the kernel. */
type Peer = Pick<Transport, 'remoteAddress'>

/** Which connections may stay: counts them together and per address. */
export class Admission {
  /** Connections that got, or still get, a refusal and are not closed yet. */
  turnedAway = 0
  #served = 0
  /** Connections by address; an address without any has no entry, so there are no more entries than connections. */
  readonly #perAddress = new Map<string, number>()
  readonly #maxConnections: number
  readonly #maxPerAddress: number

  constructor({ maxConnections, maxConnectionsPerIp }: ResolvedOptions) {
    this.#maxConnections = maxConnections === 0 ? Number.POSITIVE_INFINITY : maxConnections
    this.#maxPerAddress = maxConnectionsPerIp
  }

  /** True when refusals themselves have become the load. */
  get isFlooded(): boolean {
    return this.turnedAway >= MAX_TURNED_AWAY
  }

  /** Counts a new connection in, or says why not. A unix socket's peer has the address ''. */
  enter(peer: Peer): RefusalCode | null {
    if (this.#served >= this.#maxConnections) return 'TOO_MANY_CONNECTIONS'
    if (this.#maxPerAddress !== 0 && peer.remoteAddress !== '') {
      const address = unmapped(peer.remoteAddress)
      const count = this.#perAddress.get(address) ?? 0
      if (count >= this.#maxPerAddress) return 'TOO_MANY_CONNECTIONS_FROM_ADDRESS'
      this.#perAddress.set(address, count + 1)
    }
    this.#served++
    return null
  }

  /** A connection that had entered is gone. */
  leave(peer: Peer): void {
    this.#served--
    if (this.#maxPerAddress === 0 || peer.remoteAddress === '') return
    const address = unmapped(peer.remoteAddress)
    const count = this.#perAddress.get(address) ?? 0
    if (count > 1) this.#perAddress.set(address, count - 1)
    else this.#perAddress.delete(address)
  }

  /** Addresses with connections now. */
  get addresses(): number {
    return this.#perAddress.size
  }
}

/** Listens to a connection that is reset at once. */
export const UNHEARD: TransportSink = {
  onWindow: () => true,
  onChunk: () => true,
  onEnd: () => {},
  onDrain: () => {},
  onClose: () => {},
}
