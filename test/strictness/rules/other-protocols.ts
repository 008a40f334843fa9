import { line, type Refused, refusals } from '../rule.ts'

export const OTHER_PROTOCOLS_REFUSED: readonly Refused[] = [
  ...refusals('RFC 9113, 3.4', 'cross-protocol requests', {
    'the HTTP/2 preface': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'HTTP2_PREFACE'],
    'the HTTP/2 preface with fields': [line('PRI * HTTP/2.0'), 'UNSUPPORTED_VERSION'],
    'PRI over HTTP/1.1': [line('PRI * HTTP/1.1'), 'BAD_REQUEST_LINE'],
  }),
  ...refusals('RFC 8446, 5.1', 'cross-protocol requests', {
    'a TLS handshake on a plain port': ['\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03', 'TLS_ON_PLAIN_PORT'],
  }),
  ...refusals('RFC 9112, 3', 'cross-protocol requests', {
    'binary noise': ['\x00\xff\x80\x01\xfe', 'BAD_METHOD'],
    'a byte order mark': [`\xef\xbb\xbf${line('GET / HTTP/1.1')}`, 'BAD_METHOD'],
    SSH: ['SSH-2.0-x\r\n', 'BAD_METHOD'],
    SMTP: ['EHLO a\r\n', 'BAD_METHOD'],
    'a response': ['HTTP/1.1 200 OK\r\n\r\n', 'BAD_METHOD'],
    'RTSP with an HTTP method': [line('GET / RTSP/1.0'), 'BAD_REQUEST_LINE'],
    'an RTSP method': [line('DESCRIBE / RTSP/1.0'), 'BAD_REQUEST_LINE'],
    'an RTSP method over HTTP': [line('DESCRIBE / HTTP/1.1'), 'BAD_REQUEST_LINE'],
    ICE: [line('SOURCE / ICE/1.0'), 'BAD_REQUEST_LINE'],
  }),
]
