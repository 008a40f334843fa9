import { NovaError } from '../errors.ts'

/** Origins by scheme and Host, normalised as URL does. Bounded: a client chooses its Host. */
const origins = new Map<string, string>()
const MAX_ORIGINS = 256

/** What the URL parser leaves as it is, in path and query alike (WHATWG URL, percent-encode sets). */
const PLAIN_TARGET = /^\/[\w\-~!$&()*+,;=:@%/?.]*$/
/** May be a dot segment, which the URL parser resolves. */
const MAYBE_DOTS = /\/\.|%2e/i

const originOf = (base: string): string => {
  const known = origins.get(base)
  if (known !== undefined) return known
  const { origin } = new URL(base)
  if (origins.size < MAX_ORIGINS) origins.set(base, origin)
  return origin
}

/** What was asked, and its URL. */
class Answer {
  target = ''
  host = ''
  isEncrypted = false
  url = ''
}

/**
 * URLs made before, by a few characters of their target: most clients ask for the same again. Bounded, since a client
 * chooses what it asks for.
 */
const answers = Array.from({ length: 256 }, () => new Answer())
const MAX_REMEMBERED = 256

const answerFor = (target: string): Answer => {
  const { length } = target
  const hash = length * 31 + target.charCodeAt(length - 1) * 7 + target.charCodeAt(length >> 1)
  return answers[hash & (answers.length - 1)] as Answer
}

/**
 * The URL of a request as `new Request` would have it: `target` in any form (RFC 9112, 3.2), `host` as the engine has
 * checked it. @throws BAD_TARGET when the two make no URL
 */
export const urlOf = (target: string, host: string, isEncrypted: boolean): string => {
  const answer = answerFor(target)
  if (answer.target === target && answer.host === host && answer.isEncrypted === isEncrypted)
    return answer.url
  const url = makeUrl(target, host, isEncrypted)
  if (target.length + host.length <= MAX_REMEMBERED) {
    answer.target = target
    answer.host = host
    answer.isEncrypted = isEncrypted
    answer.url = url
  }
  return url
}

const makeUrl = (target: string, host: string, isEncrypted: boolean): string => {
  const base = `${isEncrypted ? 'https' : 'http'}://${host || 'localhost'}`
  try {
    if (target.startsWith('/')) {
      const isPlain = PLAIN_TARGET.test(target) && !MAYBE_DOTS.test(target)
      return isPlain ? originOf(base) + target : new URL(base + target).href
    }
    if (target === '*') return `${originOf(base)}/*`
    // What counts is the authority; whether the connection is encrypted, the engine knows better than its client.
    const { protocol, username, password, pathname, search } = new URL(target)
    const isHttp = protocol === 'http:' || protocol === 'https:'
    // RFC 9110, 4.2.4: user information is an error.
    if (!isHttp || username !== '' || password !== '') throw new NovaError('BAD_TARGET')
    return originOf(base) + pathname + search
  } catch (cause) {
    throw new NovaError('BAD_TARGET', undefined, { cause })
  }
}
