import { writeSync } from 'node:fs'

/** Without console, which a program that only listens would not load. @param {number} port */
export const listening = (port) => writeSync(1, `{"port":${port}}\n`)
