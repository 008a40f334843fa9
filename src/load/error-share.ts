import type { FailureKind } from './failure-kinds.ts'

/** Failures per request or attempt to connect, 0 to 1. */
export const errorShareOf = (good: number, errors: Readonly<Record<FailureKind, number>>): number => {
  const bad = Object.values(errors).reduce((sum, count) => sum + count, 0)
  return bad === 0 ? 0 : bad / (good + bad)
}
