import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { measureRounds } from '../../src/cli/ab-rounds.ts'
import { EXIT_CODES } from '../../src/cli/exit-codes.ts'
import { groupCpuUs } from '../../src/cli/process-group.ts'
import { ROOT } from '../package/packed.ts'
import { Program } from '../package/program.ts'
import { nova, temporaryFolder } from './nova.ts'

const CLI = join(ROOT, 'dist/cli.js')
const server = (...args: (string | number)[]): string =>
  [`'${process.execPath}'`, `'${join(import.meta.dirname, 'ab-server.mjs')}'`, ...args].join(' ')

/** A port that nobody listens on just now. */
const freePort = async (): Promise<number> => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  listener.close()
  await once(listener, 'close')
  return port
}

const freeUrl = async (): Promise<string> => `http://127.0.0.1:${await freePort()}/`

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A zombie has ended, though nobody has asked for it.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}

describe('nova ab', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'ends at once',
      'echo Cannot find module x >&2; exit 3',
      '5s',
      /ended without listening on 127\.0\.0\.1:\d+ \(exit code 3\)\. It said:\nCannot find module x\n$/,
    ],
    [
      'listens on another port',
      `PORT=0 ${server(0)}`,
      '500ms',
      /does not listen on 127\.0\.0\.1:\d+ after 0\.5 s\.\n$/,
    ],
    [
      'dies while it is measured',
      `${server(0)} & sleep 0.7; echo Out of memory; kill -9 $!`,
      '10s',
      /ended while it was measured \(.*\)\. It said:\nOut of memory\n$/,
    ],
    ['is no command', 'no-such-command-here', '5s', /ended without listening.*\(exit code 127\)/],
  ])('a server that %s is an error of its own', async (_name, command, startTimeout, sentence) => {
    const args = ['ab', await freeUrl(), '--a', command, '--b', command, '--rounds', '7', '-d', '20s']
    const { code, stderr, stdout } = await nova(...args, '--start-timeout', startTimeout, '--warm-up', '0s')
    expect(stderr).toMatch(sentence)
    expect(code).toBe(EXIT_CODES.TARGET_DOWN.code)
    expect(stdout).toBe('')
  })

  test('does not measure a stranger on its port', async () => {
    const stranger = createServer().listen(0, '127.0.0.1')
    await once(stranger, 'listening')
    onTestFinished(() => {
      stranger.close()
    })
    const { port } = stranger.address() as { port: number }
    const { code, stderr } = await nova('ab', `http://127.0.0.1:${port}/`, '--a', 'true', '--b', 'true')
    expect(stderr).toContain(`Something listens on 127.0.0.1:${port} before 'true' is started`)
    expect(code).toBe(EXIT_CODES.TARGET_DOWN.code)
  })

  test('leaves the pair that is not complete out when it is interrupted', async () => {
    const port = await freePort()
    const plan = {
      commands: { a: server(0), b: server(0) },
      address: { host: '127.0.0.1', port },
      load: { url: `http://127.0.0.1:${port}/`, connections: 1 },
      ...{ durationMs: 300, warmUpMs: 0, pairs: 7, startTimeoutMs: 10_000 },
    }
    const abort = new AbortController()
    const seen: string[] = []
    const rounds = await measureRounds(plan, abort.signal, (side, pair) => {
      seen.push(`${side}${pair}`)
      if (seen.length === 3) abort.abort()
    })
    expect(seen).toEqual(['a0', 'b0', 'b1'])
    expect([rounds.a.length, rounds.b.length]).toEqual([1, 1])
    expect(rounds.a[0]?.serverCpuUs === null).toBe(!existsSync('/proc/self/stat'))
    await expect(fetch(plan.load.url)).rejects.toThrow()
  })

  test('knows the CPU time of a whole group of processes, where there is /proc', () => {
    if (!existsSync('/proc/self/stat')) return expect(groupCpuUs(1)).toBeNull()
    const group = Number(
      readFileSync('/proc/self/stat', 'latin1')
        .replace(/^.*\) /, '')
        .split(' ')[2],
    )
    const before = groupCpuUs(group) ?? Number.NaN
    for (const until = process.cpuUsage().user + 30_000; process.cpuUsage().user < until; ) Math.sqrt(2)
    expect((groupCpuUs(group) ?? Number.NaN) - before).toBeGreaterThanOrEqual(20_000)
    expect(groupCpuUs(2 ** 30)).toBeNull()
  })
})

describe('Ctrl-C', () => {
  /** Starts a long comparison; resolves when its server listens, with the pids of the server and of the server's child. */
  const start = async (...more: string[]) => {
    const file = temporaryFolder()('pids')
    const command = server(0, `'${file}'`, ...more)
    const url = await freeUrl()
    const program = new Program(CLI, {}, ['ab', url, '--a', command, '--b', command, '-d', '60s'])
    await expect
      .poll(
        () =>
          fetch(url).then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true)
    const pids = (): number[] => readFileSync(file, 'latin1').split(' ').map(Number)
    return { program, pids }
  }

  test.each(['SIGINT', 'SIGHUP'] as const)(
    'as %s ends the server with all its processes, and says what is missing',
    async (signal) => {
      const { program, pids } = await start(signal === 'SIGINT' ? 'stubborn' : '')
      expect(pids().map(isAlive)).toEqual([true, true])
      program.signal(signal)
      expect(await program.exitCode).toBe(EXIT_CODES.ABORTED.code)
      expect(program.errors).toMatch(/Interrupted after 0 pairs of rounds; a verdict takes 7\.\n$/)
      expect(pids().filter(isAlive)).toEqual([])
    },
  )

  test('that cannot be told of still leaves nothing behind', async () => {
    const { program, pids } = await start('stubborn')
    program.signal('SIGKILL')
    expect(await program.exitCode).toBeNull()
    await expect.poll(() => pids().filter(isAlive)).toEqual([])
  })

  test('twice ends it at once, and still leaves nothing behind', async () => {
    const { program, pids } = await start('stubborn')
    program.signal('SIGINT')
    program.signal('SIGTERM')
    expect(await program.exitCode).toBe(EXIT_CODES.ABORTED.code)
    await expect.poll(() => pids().filter(isAlive)).toEqual([])
  })
})
