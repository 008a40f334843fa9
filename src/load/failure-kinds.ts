/** Why a request, or an attempt to connect, failed. The order is that of counters; new kinds are added at the end. */
export const FAILURE_KINDS = [
  'connect',
  'reset',
  'timeout',
  'status',
  'badResponse',
  'body',
  'unsent',
] as const

export type FailureKind = (typeof FAILURE_KINDS)[number]

/** What each kind means, for reports and documents. */
export const FAILURE_MEANING: Readonly<Record<FailureKind, string>> = {
  connect: 'no connection could be opened (counted per attempt)',
  reset: 'the connection was closed or reset before the response was complete',
  timeout: 'no complete response within the timeout',
  status: 'a status that was not expected: 4xx and 5xx, or none of expectStatus',
  badResponse: 'not HTTP, or a response that nobody had asked for',
  body: 'another body than expectBody',
  unsent: 'never sent: the backlog was full, or no connection became free before the end',
}
