import { InvalidArgumentError } from 'commander'

/** Where metrics are to be had. */
export interface MetricsAddress {
  host: string
  port: number
}

const LOOPBACK = '127.0.0.1'
const MAX_PORT = 65_535
const ADDRESS = /^(?:(\[[\da-f:.]+\]|[^:[\]/]+):)?(\d{1,5})$/i

/** Parses 9464, 10.0.0.5:9464 and [::1]:9464. What an engine counts is not for everybody: a port alone is on loopback. */
export const metricsAddress = (text: string): MetricsAddress => {
  const [, host = LOOPBACK, digits] = ADDRESS.exec(text) ?? []
  const port = Number(digits)
  if (port <= MAX_PORT) return { host: host.replace(/^\[|\]$/g, ''), port }
  throw new InvalidArgumentError('It must be a port, or an address with one: 9464, 10.0.0.5:9464, [::]:9464.')
}
