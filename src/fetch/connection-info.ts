import type { Request as EngineRequest } from '../engine/message/request.ts'

/** Who asks. Valid as long as the exchange. */
export class ConnectionInfo {
  readonly #source: EngineRequest

  constructor(source: EngineRequest) {
    this.#source = source
  }

  /** The peer's IP address; empty on a unix socket. */
  get remoteAddress(): string {
    return this.#source.remoteAddress
  }

  /** The peer's port; 0 on a unix socket. */
  get remotePort(): number {
    return this.#source.remotePort
  }

  /** True over TLS. */
  get encrypted(): boolean {
    return this.#source.encrypted
  }

  /** Where `getConnInfo` of @hono/node-server/conninfo looks for the same. */
  get incoming(): { socket: { remoteAddress: string; remotePort: number; remoteFamily: 'IPv4' | 'IPv6' } } {
    const { remoteAddress, remotePort } = this
    const remoteFamily = remoteAddress.includes(':') ? 'IPv6' : 'IPv4'
    return { socket: { remoteAddress, remotePort, remoteFamily } }
  }
}
