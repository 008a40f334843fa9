import type http from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on a free port, runs `use` with its origin, then closes the server and everything on it. */
export const serving = async <T>(server: http.Server, use: (origin: string) => Promise<T>): Promise<T> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  try {
    return await use(`http://127.0.0.1:${port}`)
  } finally {
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
}

export const postJson = (url: string, value: unknown): Promise<Response> =>
  fetch(url, { method: 'POST', body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } })
