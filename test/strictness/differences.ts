/** A stream that node:http and the engine take differently, and why the engine's way is the right one. */
export interface Difference {
  /** Who answers more requests of the stream with success. */
  readonly accepts: 'ours' | 'node'
  readonly reason: string
}

const refusedHere = (reason: string, names: readonly string[]): [string, Difference][] =>
  names.map((name) => [name, { accepts: 'node', reason }])

const answeredHere = (reason: string, names: readonly string[]): [string, Difference][] =>
  names.map((name) => [name, { accepts: 'ours', reason }])

/** By the name of the rule, or of the corpus entry. Reviewed: a new difference fails a test until it stands here. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = Object.fromEntries([
  ...refusedHere('RFC 9112, 3: the parts of a request line are separated by single spaces.', [
    'RFC 9112, 3: two spaces before the target',
    'RFC 9112, 3: two spaces behind the target',
  ]),
  ...refusedHere('RFC 9112, 3.2: no form of a target has a fragment; a proxy may cut it off.', [
    'RFC 9112, 3.2: a fragment in the target',
    'RFC 9112, 3.2: a fragment in an absolute target',
  ]),
  ...refusedHere('RFC 9112, 3.2.4: the asterisk is for OPTIONS only.', [
    'RFC 9112, 3.2: the asterisk with another method than OPTIONS',
  ]),
  ...refusedHere('RFC 9110, 4.2.1 and 4.2.4: an http URI has a host, and a recipient rejects userinfo.', [
    'RFC 9112, 3.2: userinfo in an absolute target (RFC 9110, 4.2.4)',
    'RFC 9112, 3.2: an absolute target without a host (RFC 9110, 4.2.1)',
  ]),
  ...refusedHere(
    'RFC 9112, 2.2: a bare CR is invalid, also in front of a request line; an empty line is CRLF.',
    [
      'RFC 9112, 2.2: a bare LF in front of the request line',
      'RFC 9112, 2.2: a bare CR in front of the request line',
      'RFC 9112, 2.2: a bare CR among empty lines',
      'RFC 9112, 2.2: a bare LF among empty lines',
      'corpus: a bare CR in front of a request',
    ],
  ),
  ...refusedHere('RFC 9112, 3.2: 400 for more than one Host and for an invalid one.', [
    'RFC 9112, 3.2: Host twice',
    'RFC 9112, 3.2: Host twice with one value',
    'RFC 9112, 3.2: Host twice, once empty',
    'RFC 9112, 3.2: a list of hosts',
    'RFC 9112, 3.2: a space in Host',
    'RFC 9112, 3.2: a path in Host',
    'RFC 9112, 3.2: a query in Host',
    'RFC 9112, 3.2: userinfo in Host',
    'RFC 9112, 3.2: a scheme in Host',
    'RFC 9112, 3.2: a port that is none',
    'RFC 9112, 3.2: a port beyond 65535',
    'RFC 9112, 3.2: a port without a host',
    'RFC 9112, 3.2: an IPv6 address without brackets',
    'RFC 9112, 3.2: a bracket left open',
    'RFC 9112, 3.2: bytes above 127 in Host',
    'RFC 9112, 3.2: a percent escape that is none',
  ]),
  ...refusedHere('RFC 9110, 10.1.1: 417, and the connection closes, for a body may follow or not.', [
    'RFC 9110, 10.1.1: an expectation that is unknown',
    'corpus: an expectation with a body, and an unknown one',
  ]),
  ...refusedHere(
    'RFC 9112, 6.1 and 11.2: recipients disagree on empty elements and values of Transfer-Encoding.',
    ['RFC 9112, 6.3: chunked behind an empty element', 'RFC 9112, 6.3: an empty value, then chunked'],
  ),
  ...refusedHere('RFC 9112, 6.1: Transfer-Encoding in HTTP/1.0 is faulty framing.', [
    'RFC 9112, 6.1: Transfer-Encoding in HTTP/1.0 that stays',
  ]),
  ...refusedHere('RFC 9112, 6.1: 501 for a coding that is not undone; node:http hands the encoded body on.', [
    'RFC 9112, 6.1: a known coding under chunked',
    'RFC 9112, 6.1: an unknown coding under chunked',
    'RFC 9112, 6.1: identity under chunked',
    'RFC 9112, 6.1: a coding in a field before chunked',
  ]),
  ...refusedHere(
    'RFC 9110, 6.5.1: no sender may put framing, routing, credentials or the like into trailers.',
    [
      'RFC 9110, 6.5.1: Host in trailers',
      'RFC 9110, 6.5.1: Upgrade in trailers',
      'RFC 9110, 6.5.1: TE in trailers',
      'RFC 9110, 6.5.1: Trailer in trailers',
      'RFC 9110, 6.5.1: Content-Type in trailers',
      'RFC 9110, 6.5.1: Content-Encoding in trailers',
      'RFC 9110, 6.5.1: Authorization in trailers',
      'RFC 9110, 6.5.1: Cookie in trailers',
      'RFC 9110, 6.5.1: Expect in trailers',
      'corpus: Host among trailers',
    ],
  ),
  ...answeredHere(
    'RFC 9112, 9.6: the last request of a connection is answered, whatever was sent behind it.',
    [
      'RFC 9112, 9.3: HTTP/1.0, which closes',
      'RFC 9112, 3.2: no Host in HTTP/1.0',
      'RFC 9112, 6.2: Content-Length in HTTP/1.0',
      'corpus: HTTP/1.0 that stays',
    ],
  ),
  ...answeredHere(
    'RFC 9112, 9.3.2: requests in front of a broken one are answered, in order, before its refusal.',
    ['corpus: the HTTP/2 preface'],
  ),
  ...answeredHere(
    'RFC 9110, 7.8: a server may ignore Upgrade, and goes on with HTTP/1.1 behind the request.',
    ['corpus: an upgrade nobody takes'],
  ),
])
