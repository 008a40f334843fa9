import { type Reading, readMetrics } from './server-metrics.ts'

const TIMEOUT_MS = 5_000
/** This engine's metrics are 20 KiB long. */
const MAX_BYTES = 4_194_304

const bodyOf = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_BYTES) throw new Error('it answers without end')
  }
  return text
}

/** What fetch hides in a cause: why nothing could be connected to. */
const reasonOf = (error: unknown): string => {
  const { message, cause, name } = error as Error
  if (name === 'TimeoutError') return `no answer within ${TIMEOUT_MS} ms`
  const { code, message: why } = (cause ?? {}) as { code?: string; message?: string }
  return code ?? why ?? message
}

/** Reads the metrics of a server; a sentence when they cannot be had. */
export const scrape = async (url: string): Promise<Reading | string> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const text = await bodyOf(response)
    if (!response.ok) return `${url} cannot be read: status ${response.status}.`
    return readMetrics(text, performance.now()) ?? `${url} answers, but not with the metrics of nova-http.`
  } catch (error) {
    return `${url} cannot be read: ${reasonOf(error)}.`
  }
}
