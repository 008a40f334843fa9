import { channel } from 'node:diagnostics_channel'

/** Node's own channels of its HTTP server. */
export const requestStart = channel('http.server.request.start')
export const responseCreated = channel('http.server.response.created')
export const responseFinish = channel('http.server.response.finish')
