import { connect, type NetConnectOpts } from 'node:net'

/** Sends bytes and returns everything the server says until it closes. The client itself never closes first. */
export const sendRaw = (to: number | string, bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const target: NetConnectOpts = typeof to === 'number' ? { port: to, host: '127.0.0.1' } : { path: to }
    const socket = connect({ ...target, allowHalfOpen: true })
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', reject)
    socket.on('end', () => {
      socket.end()
      resolve(text)
    })
    socket.write(bytes, 'latin1')
  })
