import type { RefusalCode } from '../../src/errors.ts'
import type { EngineOptions } from '../../src/options.ts'
import type { Attack } from './attacks.ts'

/** One rule of the protocol, as bytes that keep or break it. */
export interface Rule {
  /** What the bytes are, in words. */
  readonly name: string
  /** Where the rule stands. */
  readonly section: string
  /** One message, in latin1. */
  readonly send: string
  readonly options?: EngineOptions
}

/** The message is refused with this code; nothing behind it is looked at. */
export interface Refused extends Rule {
  readonly refused: RefusalCode
  readonly attack: Attack
}

/** The message is valid, however odd, and answered with this echo. */
export interface Accepted extends Rule {
  readonly echo: string
  /** The answer ends the connection, so that what follows is not processed either. */
  readonly closes?: boolean
}

/** Rules of one section and attack: name, bytes, code. */
export const refusals = (
  section: string,
  attack: Attack,
  table: Readonly<Record<string, readonly [send: string, refused: RefusalCode, options?: EngineOptions]>>,
): Refused[] =>
  Object.entries(table).map(([name, [send, refused, options]]) => ({
    name,
    section,
    attack,
    send,
    refused,
    ...(options === undefined ? {} : { options }),
  }))

/** Rules of one section: name, bytes, echo. */
export const acceptances = (
  section: string,
  table: Readonly<Record<string, readonly [send: string, echo: string, closes?: 'closes']>>,
): Accepted[] =>
  Object.entries(table).map(([name, [send, echo, closes]]) => ({
    name,
    section,
    send,
    echo,
    closes: closes === 'closes',
  }))

export const HOST = 'Host: a\r\n'

/** A request line with a valid head behind it. */
export const line = (requestLine: string, fields = HOST): string => `${requestLine}\r\n${fields}\r\n`

/** A GET with these field lines behind Host. */
export const field = (lines: string): string => `GET / HTTP/1.1\r\n${HOST}${lines}\r\n\r\n`

/** A POST with these field lines behind Host, and a body. */
export const post = (lines: string, body: string): string =>
  `POST / HTTP/1.1\r\n${HOST}${lines}\r\n\r\n${body}`

const ONE_CHUNK = '1\r\na\r\n0\r\n\r\n'

/** A chunked POST with this Transfer-Encoding, and whatever lines follow it. */
export const coded = (value: string): string => post(`Transfer-Encoding:${value}`, ONE_CHUNK)

/** A chunked POST with this body. */
export const chunked = (body: string): string => post('Transfer-Encoding: chunked', body)
