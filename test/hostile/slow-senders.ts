import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { startProgram } from './hostile-server.ts'

export interface SlowSenderFigures {
  /** Connections that stood at the end. */
  standing: number
  opened: number
  closedByServer: number
  /** Connections that the server did not accept. */
  failed: number
  /** Answers by status code. */
  status: Record<string, number>
}

/** Slowloris in a process of its own: see slow-senders.mjs. */
export class SlowSenders {
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Settles when all of them are connected. Whoever is cut off comes again. */
  async come(): Promise<void> {
    await this.#ask('come')
  }

  /** All reset their connections. */
  async leave(): Promise<SlowSenderFigures> {
    return (await this.#ask('leave')) as SlowSenderFigures
  }

  async #ask(command: string): Promise<unknown> {
    const answered = once(this.#child, 'message')
    this.#child.send(command)
    const [answer] = await answered
    return answer
  }
}

export const startSlowSenders = async (port: number, count: number): Promise<SlowSenders> => {
  const { child } = await startProgram('slow-senders.mjs', [String(port), String(count)])
  return new SlowSenders(child)
}
