import { type Accepted, acceptances, field, HOST, line, type Refused, refusals } from '../rule.ts'

const host = (fields: string): string => line('GET / HTTP/1.1', fields)

export const FIELDS_REFUSED: readonly Refused[] = [
  ...refusals('RFC 9112, 3.2', 'Host confusion', {
    'no Host in HTTP/1.1': [host('A: b\r\n'), 'MISSING_HOST'],
    'no field at all in HTTP/1.1': [host(''), 'MISSING_HOST'],
    'no Host beside an absolute target': [line('GET http://a/ HTTP/1.1', 'A: b\r\n'), 'MISSING_HOST'],
    'Host twice': [host('Host: a\r\nHost: b\r\n'), 'REPEATED_HOST'],
    'Host twice with one value': [host(HOST + HOST), 'REPEATED_HOST'],
    'Host twice in HTTP/1.0': [line('GET / HTTP/1.0', HOST + HOST), 'REPEATED_HOST'],
    'Host twice, once empty': [host(`Host:\r\n${HOST}`), 'REPEATED_HOST'],
    'a list of hosts': [host('Host: a, b\r\n'), 'BAD_HOST'],
    'a space in Host': [host('Host: a b\r\n'), 'BAD_HOST'],
    'a path in Host': [host('Host: a/b\r\n'), 'BAD_HOST'],
    'a query in Host': [host('Host: a?b\r\n'), 'BAD_HOST'],
    'userinfo in Host': [host('Host: u@a\r\n'), 'BAD_HOST'],
    'a scheme in Host': [host('Host: http://a\r\n'), 'BAD_HOST'],
    'a port that is none': [host('Host: a:b\r\n'), 'BAD_HOST'],
    'a port beyond 65535': [host('Host: a:65536\r\n'), 'BAD_HOST'],
    'a port without a host': [host('Host: :80\r\n'), 'BAD_HOST'],
    'an IPv6 address without brackets': [host('Host: ::1\r\n'), 'BAD_HOST'],
    'a bracket left open': [host('Host: [::1\r\n'), 'BAD_HOST'],
    'bytes above 127 in Host': [host('Host: \xe4\r\n'), 'BAD_HOST'],
    'a percent escape that is none': [host('Host: a%zz\r\n'), 'BAD_HOST'],
  }),
  ...refusals('RFC 9112, 5.1', 'field whitespace', {
    'a space before the colon': [field('A : b'), 'BAD_FIELD'],
    'a tab before the colon': [field('A\t: b'), 'BAD_FIELD'],
    'a space before the colon of Content-Length': [field('Content-Length : 1'), 'BAD_FIELD'],
    'a space before the colon of Transfer-Encoding': [field('Transfer-Encoding : chunked'), 'BAD_FIELD'],
    'a space in a name': [field('A b: c'), 'BAD_FIELD'],
  }),
  ...refusals('RFC 9112, 5', 'control bytes', {
    'a field without a colon': [field('Abc'), 'BAD_FIELD'],
    'a field without a name': [field(': a'), 'BAD_FIELD'],
    'a name with a separator': [field('A(b): c'), 'BAD_FIELD'],
    'a name with a byte above 127': [field('A\xe4: b'), 'BAD_FIELD'],
    'NUL in a name': [field('A\0: b'), 'BAD_FIELD'],
    'NUL at the end of Transfer-Encoding': [field('Transfer-Encoding\0: chunked'), 'BAD_FIELD'],
    'CR at the end of a name': [field('A\r: b'), 'BAD_FIELD'],
    'a control character in a name': [field('A\x01: b'), 'BAD_FIELD'],
  }),
  ...refusals('RFC 9110, 5.5', 'control bytes', {
    'NUL in a value': [field('A: b\0c'), 'BAD_FIELD'],
    'a bell in a value': [field('A: \x07'), 'BAD_FIELD'],
    'a vertical tab in a value': [field('A: b\x0bc'), 'BAD_FIELD'],
    'DEL in a value': [field('A: b\x7fc'), 'BAD_FIELD'],
    'an escape character in a value': [field('A: \x1b[0m'), 'BAD_FIELD'],
  }),
  ...refusals('RFC 9112, 5.2', 'line folding', {
    'a value folded with a space': [field('A: b\r\n c'), 'BAD_FIELD'],
    'a value folded with a tab': [field('A: b\r\n\tc'), 'BAD_FIELD'],
    'an empty value that is folded': [field('A:\r\n b'), 'BAD_FIELD'],
    'a folded Host': [host('Host: a\r\n b\r\n'), 'BAD_FIELD'],
    'Transfer-Encoding behind a fold': [field('A: b\r\n Transfer-Encoding: chunked'), 'BAD_FIELD'],
    'Content-Length behind a fold': [field('A: b\r\n Content-Length: 1'), 'BAD_FIELD'],
    'a folded Transfer-Encoding': [field('Transfer-Encoding:\r\n chunked'), 'BAD_FIELD'],
  }),
  ...refusals('RFC 9112, 2.2', 'bare line ends', {
    'a bare LF behind a value': [field('A: b\nC: d'), 'BAD_LINE_END'],
    'a bare CR behind a value': [field('A: b\rC: d'), 'BAD_LINE_END'],
    'Transfer-Encoding behind a bare CR': [field('A: b\rTransfer-Encoding: chunked'), 'BAD_LINE_END'],
    'Transfer-Encoding behind a bare LF': [field('A: b\nTransfer-Encoding: chunked'), 'BAD_LINE_END'],
    'an empty value that a bare LF ends': [field('A:\nB: c'), 'BAD_FIELD'],
    'an empty value that a bare CR ends': [field('A:\rB: c'), 'BAD_LINE_END'],
    'a name that a bare LF ends': [field('A\n: b'), 'BAD_FIELD'],
    'a doubled CR': [field('A: b\r'), 'BAD_LINE_END'],
    'a head that LF LF ends': [`GET / HTTP/1.1\r\nHost: a\n\n`, 'BAD_LINE_END'],
    'a head that CRLF LF ends': [`GET / HTTP/1.1\r\n${HOST}\n`, 'BAD_FIELD'],
    'a head that CRLF CR ends': [`GET / HTTP/1.1\r\n${HOST}\r`, 'BAD_LINE_END'],
  }),
  ...refusals('RFC 9110, 10.1.1', 'request line confusion', {
    'an expectation that is unknown': [field('Expect: miracles'), 'UNKNOWN_EXPECTATION'],
  }),
  ...refusals('RFC 9110, 5.4', 'resource exhaustion', {
    'one field too many': [field('A: b\r\nC: d'), 'TOO_MANY_FIELDS', { maxFields: 2 }],
    'a head that is too large': [field(`A: ${'b'.repeat(260)}`), 'HEAD_TOO_LARGE', { maxHeadBytes: 256 }],
  }),
  ...refusals('RFC 9110, 4.1', 'resource exhaustion', {
    'a target that is too long': [
      line('GET /0123456789abcdef HTTP/1.1'),
      'TARGET_TOO_LONG',
      { maxTargetBytes: 16 },
    ],
  }),
]

export const FIELDS_ACCEPTED: readonly Accepted[] = [
  ...acceptances('RFC 9112, 3.2', {
    'an empty Host, for a target without an authority': [host('Host:\r\n'), 'GET / []'],
    'a host with a port': [host('Host: a:65535\r\n'), 'GET / []'],
    'an IPv6 host with a port': [host('hOsT: [2001:db8::1]:80\r\n'), 'GET / []'],
    'no Host in HTTP/1.0': [line('GET / HTTP/1.0', 'A: b\r\n'), 'GET / []', 'closes'],
  }),
  ...acceptances('RFC 9110, 5.5', {
    'an empty value': [field('A:'), 'GET / []'],
    'whitespace around a value': [field('A:\t b \t'), 'GET / []'],
    'bytes above 127 in a value': [field('A: \xe4\xff'), 'GET / []'],
    'an underscore in a name, which makes it another field': [
      field('Transfer_Encoding: chunked'),
      'GET / []',
    ],
  }),
]
