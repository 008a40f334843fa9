import { readdirSync, readFileSync } from 'node:fs'

/** Linux: USER_HZ on every platform that Node runs on. */
const US_PER_TICK = 10_000
/** In /proc/PID/stat, counted behind the name, which ends in the last parenthesis. */
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

/** CPU time that the processes of this group have used, us. Null where there is no /proc to read it from. */
export const groupCpuUs = (group: number): number | null => {
  let pids: string[]
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return null
  }
  const members = pids.map(statOf).filter((stat) => Number(stat[GROUP]) === group)
  if (members.length === 0) return null
  const ticks = members.flatMap((stat) => TICKS.map((field) => Number(stat[field])))
  return ticks.reduce((sum, count) => sum + count, 0) * US_PER_TICK
}
