import { connect } from 'node:net'

/** Asks once over a real socket and ends the process at the first byte of the answer. @param {number} port */
export const exitAfterFirstAnswer = (port) => {
  const socket = connect({ port, host: '127.0.0.1' }, () =>
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'),
  )
  socket.on('data', (bytes) => process.exit(bytes.includes('200 OK') ? 0 : 1))
  socket.on('close', () => process.exit(1))
}
