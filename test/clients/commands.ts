import { type ChildProcess, execFile, spawnSync } from 'node:child_process'

export interface CommandResult {
  /** Exit code; -1 when the command was killed. */
  code: number
  stdout: Buffer
  stderr: string
}

/** Longer than any command here should run, ms; a command that hangs is killed and fails its test. */
const COMMAND_TIMEOUT_MS = 15_000
const MAX_OUTPUT_BYTES = 134_217_728

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Whether `command` can be started here. */
export const isInstalled = (command: string): boolean =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined

/** Runs a command to its end. A non-zero exit code is a result, not an error. */
export const runCommand = (
  file: string,
  args: readonly string[],
  options: { input?: string | Uint8Array; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const { input, ...rest } = options
    const child = execFile(
      file,
      args,
      {
        ...rest,
        encoding: 'buffer',
        timeout: COMMAND_TIMEOUT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
      },
      (error, stdout, stderr) => {
        running.delete(child)
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, stdout, stderr: stderr.toString() })
      },
    )
    running.add(child)
    // A command that ends without reading its input is judged by its exit code.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
