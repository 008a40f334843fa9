import type { ResolvedOptions } from '../../options.ts'
import type { Answers } from './answers.ts'
import type { Input } from './input.ts'

/** What a connection waits for the peer to send. */
export type ReadPhase = 'firstByte' | 'idle' | 'head' | 'body' | 'linger' | 'none'

/** The phase of an open connection that is reading. */
export const readPhaseOf = (input: Input, answers: Answers): ReadPhase => {
  const { incoming } = input
  if (incoming !== null) {
    // The client waits in turn, for us to say 100 (Continue).
    return incoming.expectsContinue && incoming.body.received === 0 ? 'none' : 'body'
  }
  if (input.isMidMessage) return 'head'
  if (answers.size !== 0) return 'none'
  return input.requests === 0 ? 'firstByte' : 'idle'
}

/** How long a phase may last, ms; 0 for ever. A body has clocks of its own. */
export const timeoutOf = (phase: ReadPhase, options: ResolvedOptions): number => {
  switch (phase) {
    case 'firstByte':
      return options.firstByteTimeoutMs
    case 'idle':
      return options.idleTimeoutMs
    case 'head':
      return options.headTimeoutMs
    case 'linger':
      return options.lingerTimeoutMs
    case 'body':
    case 'none':
      return 0
  }
}
