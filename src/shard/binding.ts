import { lookup } from 'node:dns/promises'
import net from 'node:net'
import { getSystemErrorName } from 'node:util'
import type { ListeningAddress } from '../engine/server/engine.ts'
import { NovaError } from '../errors.ts'
import { NO_UNIX_SOCKETS } from './shard-options.ts'

/** A bound socket that neither listens nor accepts. */
interface BoundHandle {
  readonly fd: number
  getsockname(address: Partial<ListeningAddress>): number
  close(): void
}

/** What node:cluster binds with (Node 20 to 26, lib/net.js). A negative number is an error. */
type CreateServerHandle = (
  address: string | null,
  port: number | null,
  addressType: 4 | 6 | null,
  fd: number | undefined,
  flags: number,
) => BoundHandle | number

const { _createServerHandle: createServerHandle } = net as unknown as {
  _createServerHandle?: CreateServerHandle
}

const UV_TCP_REUSEPORT = 2

/** Whether the kernel spreads connections over sockets that share a port, and this Node can ask it to. */
const hasReusePort = (): boolean => {
  if (process.platform !== 'linux') return false
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12)
}

const bindError = (status: number, port: number, host: string | undefined): Error => {
  const code = getSystemErrorName(status)
  const where = `${host ?? '*'}:${port}`
  return Object.assign(new Error(`listen ${code}: ${where}`), {
    code,
    errno: status,
    syscall: 'listen',
    port,
  })
}

/**
 * The sockets of a port, bound once and kept as long as the port is served: a shard that ends leaves its queue of
 * connections to the one that follows. With reusePort each shard has a socket, else all share one.
 */
export class Binding {
  /** How connections are spread: by the kernel over a socket per shard, or to whoever accepts first. */
  readonly mode: 'reusePort' | 'shared'
  readonly address: ListeningAddress
  readonly #bind: (port: number, flags: number) => BoundHandle
  readonly #handles: (BoundHandle | null)[]

  private constructor(
    mode: 'reusePort' | 'shared',
    address: ListeningAddress,
    handles: BoundHandle[],
    bind: (port: number, flags: number) => BoundHandle,
  ) {
    this.mode = mode
    this.address = address
    this.#handles = handles
    this.#bind = bind
  }

  /** @throws Node's error (EADDRINUSE, EACCES, ENOTFOUND), SHARDS_UNSUPPORTED */
  static async open({ port, host, fd, shards }: Where): Promise<Binding> {
    if (process.platform === 'win32' || createServerHandle === undefined)
      throw new NovaError('SHARDS_UNSUPPORTED')
    const found = host === undefined ? null : await lookup(host)
    const family = found === null ? null : found.family === 6 ? 6 : 4
    const bind = (at: number | null, flags: number): BoundHandle => {
      const handle = createServerHandle(
        found?.address ?? null,
        at,
        family,
        at === null ? fd : undefined,
        flags,
      )
      if (typeof handle === 'number') throw bindError(handle, at ?? port, host)
      // The descriptor of a unix socket.
      if (typeof handle.getsockname !== 'function') {
        handle.close()
        throw new NovaError('SHARDS_UNSUPPORTED', `Descriptor ${fd}: ${NO_UNIX_SOCKETS}`)
      }
      // libuv keeps some errors of bind() until somebody asks.
      const status = handle.getsockname({})
      if (status === 0) return handle
      handle.close()
      throw bindError(status, at ?? port, host)
    }
    const first = bind(fd === undefined ? port : null, 0)
    const address = nameOf(first)
    if (fd !== undefined || !hasReusePort()) return new Binding('shared', address, [first], bind)
    // Bound without reusePort first: with it, a second program on this port would go unnoticed.
    first.close()
    const handles: BoundHandle[] = []
    for (let i = 0; i < shards; i++) handles.push(bind(address.port, UV_TCP_REUSEPORT))
    return new Binding('reusePort', address, handles, bind)
  }

  /** The socket of a shard. Bound anew after `release`. @throws Node's error */
  fd(shard: number): number {
    if (this.mode === 'shared') return (this.#handles[0] as BoundHandle).fd
    this.#handles[shard] ??= this.#bind(this.address.port, UV_TCP_REUSEPORT)
    return (this.#handles[shard] as BoundHandle).fd
  }

  /** Nobody will accept for this shard for a while: lets the kernel give its share of connections to the others. */
  release(shard: number): void {
    if (this.mode === 'shared') return
    this.#handles[shard]?.close()
    this.#handles[shard] = null
  }

  /** The port is free once the last shard has closed its own socket. */
  close(): void {
    for (const handle of this.#handles.splice(0)) handle?.close()
  }
}

interface Where {
  readonly port: number
  readonly host: string | undefined
  readonly fd: number | undefined
  readonly shards: number
}

const nameOf = (handle: BoundHandle): ListeningAddress => {
  const name: Partial<ListeningAddress> = {}
  handle.getsockname(name)
  return { port: name.port ?? 0, address: name.address ?? '' }
}
