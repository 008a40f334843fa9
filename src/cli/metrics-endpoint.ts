import { isIP } from 'node:net'
import type { Request } from '../engine/message/request.ts'
import type { Response } from '../engine/message/response.ts'
import { createEngine } from '../engine/server/engine.ts'
import { METRICS_CONTENT_TYPE } from '../metrics/open-metrics.ts'
import type { MetricsAddress } from './metrics-address.ts'

/** A scraper asks for a few lines every few seconds. */
const LIMITS = { maxConnections: 64, maxHeadBytes: 8_192, writeTimeoutMs: 10_000 }

export interface MetricsEndpoint {
  readonly url: string
  close(): Promise<unknown>
}

/** Serves what `render` returns at /metrics. Rejects with Node's error when the address cannot be had. */
export const serveMetrics = async (
  { host, port }: MetricsAddress,
  render: () => string,
): Promise<MetricsEndpoint> => {
  const answer = (req: Request, res: Response): void => {
    if (req.path !== '/metrics') {
      res.status = 404
      res.end('What is counted is at /metrics.\n')
    } else if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.status = 405
      res.setHeader('Allow', 'GET, HEAD').end()
    } else {
      res.setHeader('Content-Type', METRICS_CONTENT_TYPE).end(render())
    }
  }
  const engine = createEngine(LIMITS, answer)
  const bound = await engine.listen({ host, port })
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${bound.port}/metrics`,
    close: () => engine.drain({ graceMs: 1_000, idleGraceMs: 0 }),
  }
}
