/** What a drain did. */
export interface DrainReport {
  /** Requests answered to the end since the drain began. */
  finished: number
  /** Connections that were idle and closed at once. */
  idleClosed: number
  /** Requests that were still unanswered when the grace time was over. */
  aborted: number
  /** Duration of the drain, ms. */
  tookMs: number
}

export interface DrainOptions {
  /** How long busy connections may go on, ms; 0 ends them at once. Default 10,000. */
  graceMs?: number
}
