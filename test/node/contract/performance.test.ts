import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { createServer } from '../../../src/node/server.ts'

interface Detail {
  req: { method: string; url: string }
  res: { statusCode: number; headers: Record<string, unknown> }
}

/** What `perf_hooks` tells of two requests. */
const entriesOf = async (create: typeof http.createServer): Promise<unknown[]> => {
  const entries: unknown[] = []
  const server = create((req, res) => res.setHeader('X-A', 'b').end(req.url))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const told = new Promise<void>((resolve) => {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        // The client's own requests are told as well.
        if (entry.name !== 'HttpRequest') continue
        const { req, res } = (entry as PerformanceEntry & { detail: unknown }).detail as Detail
        entries.push([entry.entryType, req.method, req.url, res.statusCode, res.headers])
      }
      if (entries.length < 2) return
      observer.disconnect()
      resolve()
    })
    observer.observe({ entryTypes: ['http'] })
  })
  for (const path of ['/1', '/2']) await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  await told
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
  return entries
}

test('perf_hooks tells of requests as with node:http', async () => {
  expect(await entriesOf(createServer)).toEqual(await entriesOf(http.createServer))
})
