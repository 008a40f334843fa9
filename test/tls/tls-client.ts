import { once } from 'node:events'
import { type ConnectionOptions, connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { Reply } from '../support/wire.ts'
import { withoutDate } from '../support/wire.ts'

/** Connects, agrees on TLS, and trusts whatever certificate comes. */
export const secureConnect = async (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return socket
}

/** The common name of the certificate that a client gets that asks for `servername`. */
export const commonNameFor = async (port: number, servername?: string): Promise<string> => {
  const socket = await secureConnect(port, servername === undefined ? {} : { servername })
  const { subject }: PeerCertificate = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

/** Sends pieces as records of their own, half-closes, and reads to the end. */
export const replyOverTls = (port: number, pieces: readonly string[]): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const options: ConnectionOptions & { allowHalfOpen: boolean } = {
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      allowHalfOpen: true,
    }
    const socket = connect(options)
    let text = ''
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('end', () => {
      socket.end()
      resolve({ text: withoutDate(text), closed: true })
    })
    const sendFrom = (index: number): void => {
      const piece = pieces[index]
      if (piece === undefined) socket.end()
      else socket.write(piece, 'latin1', () => setImmediate(sendFrom, index + 1))
    }
    socket.on('secureConnect', () => sendFrom(0))
  })
