import { createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A server of the running test that does with each connection what `onSocket` says. Returns its URL. */
export const serveRaw = async (onSocket: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    // What the client does to its sockets is no error of the test.
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return `http://127.0.0.1:${port}/`
}

/** Answers every request (one per read is enough for these tests) with these bytes. */
export const answering = (bytes: string, then: (socket: Socket) => unknown = () => {}): Promise<string> =>
  serveRaw((socket) => {
    socket.on('data', () => {
      socket.write(bytes, 'latin1')
      then(socket)
    })
  })

/** Sends RST at once: `resetAndDestroy` sends FIN before it. */
export const resetNow = (socket: Socket): void => {
  const { _handle: handle } = socket as unknown as { _handle: { reset(onClosed: () => void): void } | null }
  handle?.reset(() => socket.destroy())
}
