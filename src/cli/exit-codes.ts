/** How `nova` ends, so that scripts need not read its words. `nova --help` prints this table. */
export const EXIT_CODES = {
  OK: { code: 0, is: 'done' },
  FAILED: { code: 1, is: 'an unexpected error' },
  USAGE: { code: 2, is: 'an unknown command or option, or a value out of its range' },
  APP_FAILED: { code: 3, is: 'the application could not be loaded' },
  LISTEN_FAILED: { code: 4, is: 'the address could not be had' },
  ABORTED: {
    code: 5,
    is: 'stopped with requests unanswered: the deadline was over, or a second signal came',
  },
  SLO_MISSED: { code: 10, is: 'the service level objective was missed' },
  GENERATOR_LIMITED: { code: 11, is: 'the load generator, not the target, was the bottleneck' },
  TARGET_DOWN: { code: 12, is: 'the target could not be reached' },
  WORSE: { code: 13, is: 'the second of two services is worse than the first' },
} as const satisfies Record<string, { code: number; is: string }>

export type ExitName = keyof typeof EXIT_CODES
