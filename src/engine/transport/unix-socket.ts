import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { NovaError } from '../../errors.ts'

const MAX_MODE = 0o777

/** Whether nobody listens behind `path` any more. */
const isAbandoned = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ path })
    const end = (isFree: boolean): void => {
      socket.destroy()
      resolve(isFree)
    }
    socket.on('connect', () => end(false))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED'))
  })

/**
 * Removes the socket file that a process has left behind which did not close it. True when it did; anything but the
 * abandoned socket of nobody is left alone.
 */
export const removeStaleSocket = async (path: string): Promise<boolean> => {
  try {
    if (!lstatSync(path).isSocket() || !(await isAbandoned(path))) return false
    unlinkSync(path)
    return true
  } catch {
    // Gone meanwhile, or not ours to remove: binding tells.
    return false
  }
}

/** @throws OPTION_INVALID */
export const checkMode = (mode: number | undefined, path: string | undefined): void => {
  if (mode === undefined) return
  if (path === undefined)
    throw new NovaError('OPTION_INVALID', 'Option mode needs path: it is that of a file.')
  if (Number.isInteger(mode) && mode >= 0 && mode <= MAX_MODE) return
  throw new NovaError('OPTION_INVALID', `Option mode must be from 0 to 0o777; got ${String(mode)}.`)
}

/** Who may connect: writing is what it takes (unix(7)). */
export const setMode = (path: string, mode: number): void => chmodSync(path, mode)
