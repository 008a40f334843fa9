import type { Duplex } from 'node:stream'
import type { SecureContext, Server, TLSSocket } from 'node:tls'
import { StreamTransport } from './stream-transport.ts'
import {
  splitTlsOptions,
  type TlsCertificates,
  type TlsContexts,
  type TlsOptions,
  tlsContextsOf,
} from './tls-options.ts'

/** Told how a handshake ends. */
export interface HandshakeOwner {
  onSecure(transport: StreamTransport): void
  /** The peer is being told with an alert, where TLS has one for it; `onHandshakeClosed` follows. */
  onHandshakeFailed(error: Error): void
  /** The socket is gone, and the handshake never came to its end. */
  onHandshakeClosed(): void
}

/** A socket in its handshake, with the way back from its listeners. */
interface Handshaking extends Duplex {
  novaHandshake?: HandshakeOwner | null
}

/** The socket under a TLS socket (lib/_tls_wrap.js, Node 20 to 26). */
const below = (secure: TLSSocket): Handshaking | undefined =>
  (secure as unknown as { _parent?: Handshaking })._parent

/** No timer of Node's own: handshakes have a deadline in the wheel. */
const NEVER_MS = 2_147_483_647

function onSecureConnection(secure: TLSSocket): void {
  const socket = below(secure)
  const owner = socket?.novaHandshake
  if (socket === undefined || owner === undefined || owner === null) {
    secure.destroy()
    return
  }
  socket.novaHandshake = null
  secure.allowHalfOpen = true
  owner.onSecure(new StreamTransport(secure))
}
function onClientError(error: Error, secure: TLSSocket): void {
  below(secure)?.novaHandshake?.onHandshakeFailed(error)
}
function onClose(this: Handshaking): void {
  this.novaHandshake?.onHandshakeClosed()
}
/** TLS hears of the socket's errors and tells; without a listener of its own the socket would end the process. */
function onError(): void {}

/**
 * Makes TLS connections of sockets. Speaks HTTP/1.1 only: a client whose ALPN list has no `http/1.1` gets the alert
 * no_application_protocol (RFC 7301, 3.2), one without ALPN is served.
 */
export class TlsTerminator {
  readonly #server: Server
  #contexts: TlsContexts

  /** @throws OPTION_INVALID */
  constructor(options: TlsOptions) {
    const { clients, certificates } = splitTlsOptions(options)
    this.#contexts = tlsContextsOf(certificates)
    // Never listens: sockets are handed to it (documented for its event 'connection').
    this.#server = process.getBuiltinModule('node:tls').createServer({
      ...this.#contexts.certificate,
      ...clients,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: NEVER_MS,
      SNICallback: (name, done) => this.#choose(name, done),
    })
    this.#server.on('secureConnection', onSecureConnection).on('tlsClientError', onClientError)
  }

  /** Handshakes that begin from now on use these; connections go on with what they have. @throws OPTION_INVALID */
  setSecureContext(certificates: TlsCertificates): void {
    const contexts = tlsContextsOf(certificates)
    this.#server.setSecureContext(contexts.certificate)
    this.#contexts = contexts
  }

  /** Begins a handshake on a connected socket, whose unread bytes are part of it. */
  handshake(socket: Duplex, owner: HandshakeOwner): void {
    ;(socket as Handshaking).novaHandshake = owner
    // Who half-closes in a handshake will not finish it. TLS takes the setting over; a connection gets it back.
    socket.allowHalfOpen = false
    socket.on('close', onClose).on('error', onError)
    this.#server.emit('connection', socket)
  }

  async #choose(name: string, done: (error: Error | null, context?: SecureContext) => void): Promise<void> {
    let context: SecureContext | undefined
    try {
      context = await this.#contexts.choose(name)
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
      return
    }
    done(null, context)
  }
}
