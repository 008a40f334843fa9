let last = 0

/** The number of a new connection: events of several engines in one thread must not be taken for each other's. */
export const nextConnectionId = (): number => ++last
