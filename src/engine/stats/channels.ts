import { channel } from 'node:diagnostics_channel'

/** `nova-http:handler.error`, published with `{ error }` when a request handler throws or rejects. */
export const handlerErrorChannel = channel('nova-http:handler.error')
