import { AsyncLocalStorage } from 'node:async_hooks'
import { closing, staying, uploading } from './messages.ts'
import type { Scenario } from './transcript.ts'

const storage = new AsyncLocalStorage<string>()

/** Nobody sees the AsyncLocalStorage of whoever was answered before. */
const following = (name: string, next: string): Scenario => ({
  name: `no AsyncLocalStorage of the request before in ${name}`,
  serve: (server, note) => {
    server.on('request', (req, res) => {
      note(req.method, req.url, storage.getStore())
      if (req.url === '/slow') storage.run('slow', () => setImmediate(() => res.end('slow')))
      else res.end('x')
    })
    server.on('upgrade', (req, socket) => {
      note('upgrade', req.url, storage.getStore())
      socket.destroy()
    })
  },
  send: [staying('/slow') + next],
})

export const CONTEXTS: readonly Scenario[] = [
  following('a GET behind it', closing('/next')),
  following('a POST behind it', uploading('a') + closing('/next')),
  {
    ...following('an Upgrade behind it', ''),
    send: [staying('/slow'), staying('/chat', 'Connection: Upgrade\r\nUpgrade: chat\r\n')],
  },
]
