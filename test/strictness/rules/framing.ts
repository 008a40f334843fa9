import { type Accepted, acceptances, coded, HOST, post, type Refused, refusals } from '../rule.ts'

const length = (value: string, body = 'a'): string => post(`Content-Length:${value}`, body)
const ONE_CHUNK = '1\r\na\r\n0\r\n\r\n'

export const FRAMING_REFUSED: readonly Refused[] = [
  ...refusals('RFC 9112, 6.3', 'Content-Length forms', {
    'a plus sign': [length(' +1'), 'BAD_CONTENT_LENGTH'],
    'a minus sign': [length(' -1'), 'BAD_CONTENT_LENGTH'],
    'a hexadecimal number': [length(' 0x1'), 'BAD_CONTENT_LENGTH'],
    'a fraction': [length(' 1.0'), 'BAD_CONTENT_LENGTH'],
    'an exponent': [length(' 1e1'), 'BAD_CONTENT_LENGTH'],
    'an underscore': [length(' 1_0'), 'BAD_CONTENT_LENGTH'],
    'a quoted number': [length(' "1"'), 'BAD_CONTENT_LENGTH'],
    'a space between digits': [length(' 1 1'), 'BAD_CONTENT_LENGTH'],
    'a number with a letter': [length(' 1a'), 'BAD_CONTENT_LENGTH'],
    'no number': [length(''), 'BAD_CONTENT_LENGTH'],
    'nothing but whitespace': [length('  '), 'BAD_CONTENT_LENGTH'],
    'a list of equal numbers': [length(' 1, 1'), 'BAD_CONTENT_LENGTH'],
    'a list of different numbers': [length(' 1, 2'), 'BAD_CONTENT_LENGTH'],
    'a list with an empty element': [length(' 1,'), 'BAD_CONTENT_LENGTH'],
    'Content-Length twice, alike': [length(' 1\r\nContent-Length: 1'), 'BAD_CONTENT_LENGTH'],
    'Content-Length twice, differently': [length(' 1\r\nContent-Length: 2'), 'BAD_CONTENT_LENGTH'],
    'Content-Length twice, first 0': [length(' 0\r\nContent-Length: 1'), 'BAD_CONTENT_LENGTH'],
    '2 ** 64': [length(' 18446744073709551616'), 'BAD_CONTENT_LENGTH'],
    'more digits than 64 bits have': [length(' 99999999999999999999999999'), 'BAD_CONTENT_LENGTH'],
    'a tab behind the number, which llhttp does not take for whitespace': [
      length(' 1\t'),
      'BAD_CONTENT_LENGTH',
    ],
    'a vertical tab in front of the number': [length(' \x0b1'), 'BAD_CONTENT_LENGTH'],
  }),
  ...refusals('RFC 9112, 6.3', 'Content-Length beside Transfer-Encoding', {
    'Transfer-Encoding, then Content-Length': [coded(' chunked\r\nContent-Length: 1'), 'BAD_CONTENT_LENGTH'],
    'Content-Length, then Transfer-Encoding': [
      post('Content-Length: 1\r\nTransfer-Encoding: chunked', ONE_CHUNK),
      'BAD_TRANSFER_ENCODING',
    ],
    'Content-Length beside an empty Transfer-Encoding': [
      post('Content-Length: 1\r\nTransfer-Encoding:', 'a'),
      'BAD_TRANSFER_ENCODING',
    ],
    'Content-Length beside a Transfer-Encoding that is none': [
      post('Content-Length: 1\r\nTransfer-Encoding: x', 'a'),
      'BAD_TRANSFER_ENCODING',
    ],
  }),
  ...refusals('RFC 9112, 6.3', 'Transfer-Encoding forms', {
    'a coding that is not chunked': [coded(' gzip'), 'BAD_TRANSFER_ENCODING'],
    identity: [coded(' identity'), 'BAD_TRANSFER_ENCODING'],
    'chunked, but not last': [coded(' chunked, gzip'), 'BAD_TRANSFER_ENCODING'],
    'chunked, but not in the last field': [
      coded(' chunked\r\nTransfer-Encoding: gzip'),
      'BAD_TRANSFER_ENCODING',
    ],
    'a name that ends in chunked': [coded(' xchunked'), 'BAD_TRANSFER_ENCODING'],
    'a name that begins with chunked': [coded(' chunkedx'), 'BAD_TRANSFER_ENCODING'],
    'chunked in quotes': [coded(' "chunked"'), 'BAD_TRANSFER_ENCODING'],
    'chunked with a space in it': [coded(' chunk ed'), 'BAD_TRANSFER_ENCODING'],
    'a tab behind chunked, which llhttp does not take for whitespace': [
      coded(' chunked\t'),
      'BAD_TRANSFER_ENCODING',
    ],
    'chunked behind a vertical tab': [coded(' \x0bchunked'), 'BAD_FIELD'],
    'chunked behind an empty element': [coded(' , chunked'), 'BAD_TRANSFER_ENCODING'],
    'chunked before an empty element': [coded(' chunked,'), 'BAD_TRANSFER_ENCODING'],
    'an empty value': [coded(''), 'BAD_TRANSFER_ENCODING'],
    'an empty value, then chunked': [coded('\r\nTransfer-Encoding: chunked'), 'BAD_TRANSFER_ENCODING'],
  }),
  ...refusals('RFC 9112, 6.1', 'Transfer-Encoding forms', {
    'chunked twice in a list': [coded(' chunked, chunked'), 'BAD_TRANSFER_ENCODING'],
    'chunked twice in two fields': [coded(' chunked\r\nTransfer-Encoding: chunked'), 'BAD_TRANSFER_ENCODING'],
    'Transfer-Encoding in HTTP/1.0': [
      `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${ONE_CHUNK}`,
      'BAD_TRANSFER_ENCODING',
    ],
    'Transfer-Encoding in HTTP/1.0 that stays': [
      `POST / HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${ONE_CHUNK}`,
      'BAD_TRANSFER_ENCODING',
    ],
    'a known coding under chunked': [coded(' gzip, chunked'), 'UNSUPPORTED_TRANSFER_CODING'],
    'an unknown coding under chunked': [coded(' x-unknown, chunked'), 'UNSUPPORTED_TRANSFER_CODING'],
    'identity under chunked': [coded(' identity, chunked'), 'UNSUPPORTED_TRANSFER_CODING'],
    'a coding in a field before chunked': [
      coded(' gzip\r\nTransfer-Encoding: chunked'),
      'UNSUPPORTED_TRANSFER_CODING',
    ],
  }),
  ...refusals('RFC 9112, 7', 'Transfer-Encoding forms', {
    'chunked with a parameter': [coded(' chunked;a=b'), 'BAD_TRANSFER_ENCODING'],
  }),
]

export const FRAMING_ACCEPTED: readonly Accepted[] = [
  ...acceptances('RFC 9112, 6.2', {
    'a number': [length(' 1'), 'POST / [a]'],
    'leading zeros, which the grammar allows': [length(' 0001'), 'POST / [a]'],
    'more leading zeros than a number has digits': [length(` ${'0'.repeat(30)}1`), 'POST / [a]'],
    'whitespace around the number': [length('\t 1  '), 'POST / [a]'],
    'a body that looks like a request': [
      length(' 18', 'GET /x HTTP/1.1\r\n\r'),
      'POST / [GET /x HTTP/1.1\r\n\r]',
    ],
    'Content-Length in HTTP/1.0': [`POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na`, 'POST / [a]', 'closes'],
  }),
  ...acceptances('RFC 9112, 6.1', {
    chunked: [coded(' chunked'), 'POST / [a]'],
    'chunked in any case': [coded(' cHuNkEd'), 'POST / [a]'],
    'whitespace around chunked': [coded('\t chunked  '), 'POST / [a]'],
    'a field name in any case': [post('tRANSFER-eNCODING: chunked', ONE_CHUNK), 'POST / [a]'],
    'a GET with chunks': [
      `GET / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${ONE_CHUNK}`,
      'GET / [a]',
    ],
  }),
]
