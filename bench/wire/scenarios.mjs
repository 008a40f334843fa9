/**
 * What is asked of every server. A scenario is data: the bytes of one request, the answer they must get, and how
 * many of them are under way.
 *
 * @typedef {object} Scenario
 * @property {string} title
 * @property {string} request Bytes of one request.
 * @property {string} body Exact body of its answer.
 * @property {number} connections
 * @property {number} depth Requests per connection sent in one write.
 */

const HELLO = 'Hello, World!'
const SMALL_HEAD = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'

/** What a desktop browser sends for a page behind a login: 14 fields, about 800 bytes. */
const BROWSER_HEAD = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: keep-alive',
  'Cache-Control: max-age=0',
  'sec-ch-ua: "Chromium";v="128", "Not;A=Brand";v="24", "Google Chrome";v="128"',
  'sec-ch-ua-mobile: ?0',
  'sec-ch-ua-platform: "Linux"',
  'Upgrade-Insecure-Requests: 1',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Sec-Fetch-Site: none',
  'Sec-Fetch-Mode: navigate',
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-US,en;q=0.9,de;q=0.8',
  'Cookie: session=6f1c2d8e9a4b47c0b6f0d3a5e1c7f982; theme=dark; consent=necessary; visits=17',
  '\r\n',
].join('\r\n')

/** @param {string} body */
export const echoRequest = (body) =>
  `POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const KIBIBYTE = '0123456789abcdef'.repeat(64)

/** @type {Readonly<Record<string, Scenario>>} */
export const SCENARIOS = {
  'get-64': { title: 'GET, 64 connections', request: SMALL_HEAD, body: HELLO, connections: 64, depth: 1 },
  'get-1024': {
    title: 'GET, 1024 connections',
    request: SMALL_HEAD,
    body: HELLO,
    connections: 1024,
    depth: 1,
  },
  browser: { title: 'GET, browser head', request: BROWSER_HEAD, body: HELLO, connections: 64, depth: 1 },
  pipeline: { title: '16-deep pipelining', request: SMALL_HEAD, body: HELLO, connections: 64, depth: 16 },
  'pipeline-await': {
    title: '16-deep, handler awaits once',
    request: SMALL_HEAD.replace(' / ', ' /await '),
    body: HELLO,
    connections: 64,
    depth: 16,
  },
  post: {
    title: 'POST 1 KiB, echoed',
    request: echoRequest(KIBIBYTE),
    body: KIBIBYTE,
    connections: 64,
    depth: 1,
  },
}

/** One connection, one write, answers that take different ways to get ready: their order is the test. */
export const ORDER_CHECK = Array.from({ length: 5 }, (_, i) => [
  { request: echoRequest(`first ${i} ${'x'.repeat(i * 40)}`), body: `first ${i} ${'x'.repeat(i * 40)}` },
  { request: SMALL_HEAD, body: HELLO },
  { request: SCENARIOS['pipeline-await']?.request ?? '', body: HELLO },
]).flat()
