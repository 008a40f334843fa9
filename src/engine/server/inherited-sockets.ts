import { NovaError } from '../../errors.ts'

/** A listening socket that was open when the process started. */
export interface InheritedSocket {
  fd: number
  /** `FileDescriptorName=` of its unit; '' without. */
  name: string
}

/** SD_LISTEN_FDS_START of sd_listen_fds(3). */
const FIRST_FD = 3
const MAX_FDS = 1_024

/**
 * The sockets that systemd has passed (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES), in the order of
 * `ListenStream=`. Empty when there are none for this process.
 */
export const systemdSockets = (): InheritedSocket[] => {
  const { LISTEN_PID, LISTEN_FDS = '', LISTEN_FDNAMES = '' } = process.env
  const count = /^\d{1,4}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : 0
  if (LISTEN_PID !== String(process.pid) || count > MAX_FDS) return []
  const names = LISTEN_FDNAMES.split(':')
  return Array.from({ length: count }, (_, i) => ({ fd: FIRST_FD + i, name: names[i] ?? '' }))
}

/** The descriptor of the socket called `wanted`, or of the first one. @throws NO_INHERITED_SOCKET */
export const inheritedDescriptor = (wanted: string | true): number => {
  const sockets = systemdSockets()
  const socket = wanted === true ? sockets[0] : sockets.find(({ name }) => name === wanted)
  if (socket !== undefined) return socket.fd
  if (wanted === true || sockets.length === 0) throw new NovaError('NO_INHERITED_SOCKET')
  const names = sockets.map(({ name }) => name).join(', ')
  throw new NovaError(
    'NO_INHERITED_SOCKET',
    `systemd has passed no socket called ${wanted}; known: ${names}.`,
  )
}
