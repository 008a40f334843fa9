import { spawn } from 'node:child_process'
import { execPath } from 'node:process'
import { NovaError } from '../errors.ts'

/** In the child: wraps descriptor 4, sends the handle, leaves. Wrapping does not accept. */
const SEND = `process.send('', require('net')._createServerHandle(null, null, null, 4), () => process.disconnect())`

const TIMEOUT_MS = 10_000

/**
 * A handle of its own for the socket `fd`. Threads share descriptors: if all of them used this number, the first to end
 * would close the socket of all. Node has no dup(); what a child process sends back over its channel is a duplicate.
 */
export const receiveHandle = (fd: number): Promise<object> =>
  new Promise((resolve, reject) => {
    const child = spawn(execPath, ['-e', SEND], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc', fd],
      // What the program preloads, or its inspector, is none of the child's business.
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: TIMEOUT_MS,
    })
    const fail = (cause: unknown): void =>
      reject(new NovaError('SHARDS_UNSUPPORTED', 'The listening socket could not be duplicated.', { cause }))
    child.once('message', (_message, handle) => (handle ? resolve(handle as object) : fail('no handle')))
    child.once('error', fail)
    child.once('exit', (code, signal) => fail(`exit ${code ?? signal}`))
  })
