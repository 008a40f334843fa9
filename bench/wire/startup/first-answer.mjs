import { writeSync } from 'node:fs'
import { connect } from 'node:net'

/** Asks once over a real socket, says so on stdout at the first bytes of the answer, and ends. @param {number} port */
export const exitAfterFirstAnswer = (port) => {
  const socket = connect({ port, host: '127.0.0.1' }, () =>
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'),
  )
  socket.on('data', (bytes) => {
    if (!bytes.includes('200 OK')) process.exit(1)
    writeSync(1, 'answered\n')
    process.exit()
  })
  socket.on('close', () => process.exit(1))
}
