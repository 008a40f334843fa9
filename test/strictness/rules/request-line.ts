import { type Accepted, acceptances, field, HOST, line, type Refused, refusals } from '../rule.ts'

const get = field('A: b')

export const REQUEST_LINE_REFUSED: readonly Refused[] = [
  ...refusals('RFC 9112, 3', 'request line confusion', {
    'two spaces before the target': [line('GET  / HTTP/1.1'), 'BAD_REQUEST_LINE'],
    'two spaces behind the target': [line('GET /  HTTP/1.1'), 'BAD_REQUEST_LINE'],
    'a space behind the version': [line('GET / HTTP/1.1 '), 'BAD_REQUEST_LINE'],
    'a tab behind the version': [line('GET / HTTP/1.1\t'), 'BAD_REQUEST_LINE'],
    'a tab before the target': [line('GET\t/ HTTP/1.1'), 'BAD_METHOD'],
    'a tab behind the target': [line('GET /\tHTTP/1.1'), 'BAD_TARGET'],
    'a space in the target': [line('GET /a b HTTP/1.1'), 'BAD_REQUEST_LINE'],
    'a second request line in the target': [line('GET / HTTP/1.1 GET /next HTTP/1.1'), 'BAD_REQUEST_LINE'],
    'a space before the method': [` ${get}`, 'BAD_METHOD'],
    'no target': [line('GET HTTP/1.1'), 'BAD_TARGET'],
    'an empty target': [line('GET  HTTP/1.1'), 'BAD_TARGET'],
    'a method that is no token': [line('G@T / HTTP/1.1'), 'BAD_METHOD'],
    'a method in lower case (RFC 9110, 9.1: case-sensitive)': [line('get / HTTP/1.1'), 'BAD_METHOD'],
    'a method that only begins like one': [line('GETX / HTTP/1.1'), 'BAD_METHOD'],
    'a protocol in lower case': [line('GET / http/1.1'), 'BAD_REQUEST_LINE'],
    'another protocol of the same shape': [line('GET / HTTPS/1.1'), 'BAD_REQUEST_LINE'],
  }),
  ...refusals('RFC 9112, 2.3', 'request line confusion', {
    'a version without a minor digit': [line('GET / HTTP/1'), 'BAD_REQUEST_LINE'],
    'a version with a comma': [line('GET / HTTP/1,1'), 'BAD_REQUEST_LINE'],
    'a minor version of two digits': [line('GET / HTTP/1.10'), 'BAD_REQUEST_LINE'],
    'a major version of two digits': [line('GET / HTTP/11.1'), 'BAD_REQUEST_LINE'],
    'a version with a leading zero': [line('GET / HTTP/01.1'), 'UNSUPPORTED_VERSION'],
    'a version that is no number': [line('GET / HTTP/x.y'), 'UNSUPPORTED_VERSION'],
    'HTTP/0.9 by its name': [line('GET / HTTP/0.9'), 'UNSUPPORTED_VERSION'],
    'an HTTP/0.9 simple request with fields': [line('GET /'), 'UNSUPPORTED_VERSION'],
    'an HTTP/0.9 simple request': ['GET /\r\n', 'BAD_FIELD'],
    'HTTP/1.2': [line('GET / HTTP/1.2'), 'UNSUPPORTED_VERSION'],
    'HTTP/2.0': [line('GET / HTTP/2.0'), 'UNSUPPORTED_VERSION'],
    'HTTP/3.0': [line('GET / HTTP/3.0'), 'UNSUPPORTED_VERSION'],
  }),
  ...refusals('RFC 9112, 3.2', 'request line confusion', {
    'a fragment in the target': [line('GET /a#b HTTP/1.1'), 'BAD_TARGET'],
    'a fragment in an absolute target': [line('GET http://a/#b HTTP/1.1'), 'BAD_TARGET'],
    'a target that is a relative path': [line('GET a/b HTTP/1.1'), 'BAD_TARGET'],
    'a target without a scheme': [line('GET a:80/ HTTP/1.1'), 'BAD_TARGET'],
    'the asterisk with another method than OPTIONS': [line('GET * HTTP/1.1'), 'BAD_TARGET'],
    'an authority with another method than CONNECT': [line('GET a:80 HTTP/1.1'), 'BAD_TARGET'],
    'CONNECT to a path': [line('CONNECT / HTTP/1.1'), 'BAD_TARGET'],
    'CONNECT without a port': [line('CONNECT a HTTP/1.1'), 'BAD_TARGET'],
    'CONNECT where nothing tunnels': [line('CONNECT a:443 HTTP/1.1'), 'UNSUPPORTED_CONNECT'],
    'userinfo in an absolute target (RFC 9110, 4.2.4)': [line('GET http://u@a/ HTTP/1.1'), 'BAD_TARGET'],
    'an absolute target without a host (RFC 9110, 4.2.1)': [line('GET http:///b HTTP/1.1'), 'BAD_TARGET'],
  }),
  ...refusals('RFC 9112, 3.2', 'control bytes', {
    'NUL in the target': [line('GET /\0 HTTP/1.1'), 'BAD_TARGET'],
    'a control character in the target': [line('GET /\x01 HTTP/1.1'), 'BAD_TARGET'],
    'DEL in the target': [line('GET /\x7f HTTP/1.1'), 'BAD_TARGET'],
    'a bare CR in the target': [line('GET /\r HTTP/1.1'), 'BAD_TARGET'],
    'a bare LF in the target': [line('GET /\n HTTP/1.1'), 'BAD_FIELD'],
    'raw UTF-8 in the target': [line('GET /\xc3\xa4 HTTP/1.1'), 'BAD_TARGET'],
    'overlong UTF-8 in the target': [line('GET /\xc0\xaf HTTP/1.1'), 'BAD_TARGET'],
    'overlong UTF-8 in three bytes in the query': [line('GET /?\xe0\x80\xaf HTTP/1.1'), 'BAD_TARGET'],
  }),
  ...refusals('RFC 9112, 2.2', 'bare line ends', {
    'a bare LF behind the request line': ['GET / HTTP/1.1\nHost: a\r\n\r\n', 'BAD_REQUEST_LINE'],
    'a bare CR behind the request line': ['GET / HTTP/1.1\rHost: a\r\n\r\n', 'BAD_LINE_END'],
    'a doubled CR behind the request line': ['GET / HTTP/1.1\r\r\nHost: a\r\n\r\n', 'BAD_LINE_END'],
    'a bare LF in front of the request line': [`\n${get}`, 'BAD_LINE_END'],
    'a bare CR in front of the request line': [`\r${get}`, 'BAD_LINE_END'],
    'a bare CR among empty lines': [`\r\n\r\r\n${get}`, 'BAD_LINE_END'],
    'a bare LF among empty lines': [`\r\n\n\r\n${get}`, 'BAD_LINE_END'],
  }),
  ...refusals('RFC 9112, 2.2', 'field whitespace', {
    'a space between request line and fields': [`GET / HTTP/1.1\r\n ${HOST}\r\n`, 'BAD_FIELD'],
    'a tab between request line and fields': [`GET / HTTP/1.1\r\n\t${HOST}\r\n`, 'BAD_FIELD'],
    'a line of spaces between request line and fields': [`GET / HTTP/1.1\r\n  \r\n${HOST}\r\n`, 'BAD_FIELD'],
  }),
]

export const REQUEST_LINE_ACCEPTED: readonly Accepted[] = [
  ...acceptances('RFC 9112, 2.2', {
    'empty lines in front of a request': [`\r\n\r\n${get}`, 'GET / []'],
  }),
  ...acceptances('RFC 9112, 3.2', {
    'an absolute target': [line('GET http://a/b HTTP/1.1'), 'GET http://a/b []'],
    'OPTIONS *': [line('OPTIONS * HTTP/1.1'), 'OPTIONS * []'],
    'overlong UTF-8 in percent escapes, which stays text': [line('GET /%c0%af HTTP/1.1'), 'GET /%c0%af []'],
  }),
  ...acceptances('RFC 9112, 9.3', {
    'HTTP/1.0, which closes': [line('GET / HTTP/1.0'), 'GET / []', 'closes'],
  }),
]
