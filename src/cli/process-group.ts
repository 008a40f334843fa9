import { readdirSync, readFileSync } from 'node:fs'

/** Linux: USER_HZ on every platform that Node runs on. */
const US_PER_TICK = 10_000
/** In /proc/PID/stat, counted behind the name, which ends in the last parenthesis. */
const STATE = 0
const GROUP = 2
/** User and system time of the process, and of the children it has waited for. */
const TICKS = [11, 12, 13, 14]

const statOf = (pid: string): string[] => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // It ended between the listing and the reading.
    return []
  }
}

/** The processes of this group; null where there is no /proc to read them from. */
const membersOf = (group: number): string[][] | null => {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return pids.map(statOf).filter((stat) => Number(stat[GROUP]) === group)
  } catch {
    return null
  }
}

/** CPU time that the processes of this group have used, us. Null where it cannot be read, and when none is left. */
export const groupCpuUs = (group: number): number | null => {
  const members = membersOf(group)
  if (members === null || members.length === 0) return null
  const ticks = members.flatMap((stat) => TICKS.map((field) => Number(stat[field])))
  return ticks.reduce((sum, count) => sum + count, 0) * US_PER_TICK
}

/** Whether any process of this group runs. */
export const isGroupAlive = (group: number): boolean => {
  const members = membersOf(group)
  // A zombie has ended, though nobody has asked for it.
  if (members !== null) return members.some((stat) => stat[STATE] !== 'Z')
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}
