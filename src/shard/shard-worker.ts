import { MessageChannel, type MessagePort } from 'node:worker_threads'
import Tinypool from 'tinypool'
import type { DrainOptions } from '../engine/server/drain.ts'
import { NovaError } from '../errors.ts'
import type { ShardCommand, ShardEnd, ShardMessage, ShardTask } from './messages.ts'
import { SharedStats } from './shared-stats.ts'

/** A built file beside the one this becomes part of. */
const THREAD_FILE = new URL('./shard-thread.js', import.meta.url)

const withCode = (end: ShardEnd): ShardEnd => {
  if ('error' in end && end.code !== undefined && end.error instanceof Error) {
    Object.assign(end.error, { code: end.code })
  }
  return end
}

/** One generation of a shard: a worker thread that runs a single task, its server's whole life. */
export class ShardWorker {
  readonly shared = new SharedStats()
  /** The module is loaded, and the socket at hand. Rejects with what kept it from it. */
  readonly loaded: Promise<void>
  readonly listening: Promise<void>
  /** Never rejects. */
  readonly ended: Promise<ShardEnd>
  readonly #pool: Tinypool
  readonly #port: MessagePort

  constructor(task: Omit<ShardTask, 'port' | 'memory'>) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    // A pool of one: tinypool has no way to choose a thread for a task, nor to end one of several that are busy.
    this.#pool = new Tinypool({
      filename: THREAD_FILE.href,
      name: 'serveShard',
      minThreads: 0,
      maxThreads: 1,
    })
    const result = this.#pool.run({ ...task, port: port2, memory: this.shared.memory } satisfies ShardTask, {
      transferList: [port2],
    }) as Promise<ShardEnd>
    const failure = new Promise<never>((_resolve, reject) => {
      // What ends a thread outside of its task: before it has begun.
      this.#pool.on('error', reject)
      // A thread that calls process.exit() leaves its task unanswered.
      this.#pool.threads[0]?.on('exit', (code: number) =>
        reject(new NovaError('SHARD_FAILED', `The thread of the shard has ended with exit code ${code}.`)),
      )
    })
    this.ended = Promise.race([result, failure]).then(withCode, (error: unknown) => ({ error }))
    const told = (message: ShardMessage): Promise<void> =>
      new Promise((resolve, reject) => {
        port1.on('message', (said: ShardMessage) => {
          if (said === message) resolve()
        })
        void this.ended.then((end) => reject('error' in end ? end.error : new NovaError('SHARDS_DRAINED')))
      })
    this.loaded = told('loaded')
    this.listening = told('listening')
    for (const promise of [this.loaded, this.listening]) promise.catch(() => {})
    void this.ended.then(() => port1.close())
  }

  async listen(): Promise<void> {
    this.#send({ type: 'listen' })
    await this.listening
  }

  drain(options: DrainOptions): void {
    this.#send({ type: 'drain', options })
  }

  /** Ends the thread where it is. */
  async terminate(): Promise<void> {
    await this.#pool.threads[0]?.terminate()
    await this.ended
  }

  #send(command: ShardCommand): void {
    this.#port.postMessage(command)
  }
}
