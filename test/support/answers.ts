/** One response as a client reads it. `fields` has lower-case names; repeated fields are joined with ', '. */
export interface Answer {
  status: number
  fields: Record<string, string>
  /** The field lines as sent. */
  lines: string[]
  body: string
  /** How the body's end was told. */
  framing: 'none' | 'length' | 'chunked' | 'close'
}

const dechunk = (text: string): { body: string; rest: string } => {
  let body = ''
  for (;;) {
    const lineEnd = text.indexOf('\r\n')
    if (lineEnd < 0 || !/^[0-9a-f]+$/.test(text.slice(0, lineEnd))) {
      throw new Error(`no chunk size at ${JSON.stringify(text.slice(0, 40))}`)
    }
    const size = Number.parseInt(text.slice(0, lineEnd), 16)
    const end = lineEnd + 2 + size
    if (text.slice(end, end + 2) !== '\r\n') throw new Error('a chunk is not followed by CRLF')
    body += text.slice(lineEnd + 2, end)
    text = text.slice(end + 2)
    if (size === 0) return { body, rest: text }
  }
}

/**
 * Reads every response in `text` (latin1) by RFC 9112, 6.3 and throws at the first byte that does not belong to one, so
 * a stray byte between answers cannot hide. `headAt` lists the positions that answer a HEAD request.
 */
export const parseAnswers = (text: string, headAt: readonly number[] = []): Answer[] => {
  const answers: Answer[] = []
  while (text !== '') {
    const headEnd = text.indexOf('\r\n\r\n')
    const [statusLine = '', ...lines] = text.slice(0, Math.max(0, headEnd)).split('\r\n')
    const status = /^HTTP\/1\.1 (\d{3}) [\x20-\x7e]*$/.exec(statusLine)?.[1]
    if (status === undefined) throw new Error(`no status line at ${JSON.stringify(text.slice(0, 60))}`)
    const fields: Record<string, string> = {}
    for (const line of lines) {
      const [, name, value] = /^([!#-'*+\-.^-z|~\w]+): ?(.*)$/.exec(line) ?? []
      if (name === undefined || value === undefined) throw new Error(`bad field ${JSON.stringify(line)}`)
      const lower = name.toLowerCase()
      fields[lower] = fields[lower] === undefined ? value : `${fields[lower]}, ${value}`
    }
    const answer: Answer = { status: Number(status), fields, lines, body: '', framing: 'none' }
    text = text.slice(headEnd + 4)
    const length = fields['content-length']
    if (headAt.includes(answers.length) || answer.status < 200 || [204, 304].includes(answer.status)) {
      // No body whatever the fields say.
    } else if (fields['transfer-encoding'] !== undefined) {
      const { body, rest } = dechunk(text)
      answer.body = body
      answer.framing = 'chunked'
      text = rest
    } else if (length !== undefined) {
      if (text.length < Number(length)) throw new Error('the body is shorter than its Content-Length')
      answer.body = text.slice(0, Number(length))
      answer.framing = 'length'
      text = text.slice(Number(length))
    } else {
      answer.body = text
      answer.framing = 'close'
      text = ''
    }
    answers.push(answer)
  }
  return answers
}

/** The bodies alone. */
export const bodiesOf = (text: string): string[] => parseAnswers(text).map(({ body }) => body)

/** A GET with the fields a request needs. */
export const get = (target: string, fields = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`

/** A request with a body of known length. */
export const post = (target: string, body: string, method = 'POST', fields = ''): string =>
  `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`
