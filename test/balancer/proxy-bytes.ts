const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n'

/** A version 2 header in latin1; `length` says what the header says, if that is not the truth. */
export const binaryHeader = (command: number, family: number, rest: string, length = rest.length): string =>
  `${SIGNATURE}${String.fromCharCode(command, family, (length >> 8) & 0xff, length & 0xff)}${rest}`

/** 192.0.2.7:1234 to 198.51.100.1:443. */
export const IPV4_ADDRESSES = '\xc0\x00\x02\x07\xc6\x33\x64\x01\x04\xd2\x01\xbb'

/** 2001:db8::7 port 1234 to 2001:db8::1 port 443. */
export const IPV6_ADDRESSES = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x07\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01\x04\xd2\x01\xbb`

export const UNIX_ADDRESSES = '/run/a'.padEnd(108, '\0') + '/run/b'.padEnd(108, '\0')

/** A TLV of type `type` (section 2.2). */
export const tlv = (type: number, value: string): string =>
  String.fromCharCode(type, value.length >> 8, value.length & 0xff) + value
