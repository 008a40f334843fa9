import type { Socket } from 'node:net'
import { StreamTransport } from './stream-transport.ts'

interface WindowCarrier extends Socket {
  novaTransport?: WindowTransport
}

/** What `onread.callback` must be: Node calls it as a method of the socket, so no socket needs its own closure. */
export function onWindowRead(this: WindowCarrier, length: number): boolean {
  return this.novaTransport?.sink?.onWindow(length) ?? false
}

/**
 * A socket created with `onread: { buffer: window, callback: onWindowRead }`: the kernel writes where the parser
 * reads, and no Buffer or event is made per read (net.Socket's `onread`). The sockets of one thread share the window
 * because each read is consumed before the next one happens.
 */
export class WindowTransport extends StreamTransport {
  protected override listen(): void {
    // Reading started with the socket; 'data' is never emitted on it.
  }
}
