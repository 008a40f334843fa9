import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { COMMANDS } from '../../src/cli/commands/all.ts'
import { runCli } from '../../src/cli/run.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command line in this process. */
export const nova = async (...args: string[]): Promise<Ended> => {
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text)
      return true
    }),
  )
  try {
    return { code: await runCli(['node', 'nova', ...args], COMMANDS), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** A folder for this test; returns the path of a name in it. */
export const temporaryFolder = (): ((name: string) => string) => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-http-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return (name) => join(folder, name)
}
