import http from 'node:http'
import * as nova from '../../../src/node/server.ts'

/** Every suite of this folder runs on both: what only one of them does is a difference. */
export const IMPLEMENTATIONS: readonly (readonly [name: string, createServer: typeof http.createServer])[] = [
  ['node:http', http.createServer],
  ['nova-http/node', nova.createServer],
]
