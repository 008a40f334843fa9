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
 * @property {number} [perConnection] Requests until the client asks to close and opens another connection.
 * @property {number} [pauseUs] From an answer to the next request of the connection.
 * @property {number} [rateShare] Open loop: requests due, as a share of what node:http answers at full load.
 * @property {number} [rate] The same per second, once it is known.
 * @property {boolean} [isExtra] Only on request: not among the quick ones.
 */

const HELLO = 'Hello, World!'
const MEBIBYTE = 1_048_576

/** @param {string} target @param {string} fields each with its line end */
const get = (target, fields = '') => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields}\r\n`

const SMALL_HEAD = get('/')

/** What a desktop browser sends for a page behind a login: 14 fields, about 800 bytes. */
export const BROWSER_HEAD = [
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

/** @param {string} target @param {string} body */
const post = (target, body) =>
  `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** @param {string} body */
export const echoRequest = (body) => post('/echo', body)

/**
 * The same request with the wish to close as its last field, where the C loop looks for it.
 *
 * @param {string} request without a body
 */
export const closing = (request) =>
  `${request.replace('Connection: keep-alive\r\n', '').slice(0, -2)}Connection: close\r\n\r\n`

const KIBIBYTE = '0123456789abcdef'.repeat(64)

/** GET of the smallest kind. @param {number} connections */
const hello = (connections) => ({
  title: `GET, ${connections} connections`,
  request: SMALL_HEAD,
  body: HELLO,
  connections,
  depth: 1,
})

/** @param {number} percent of node:http's capacity */
const openLoop = (percent) => ({
  ...hello(64),
  title: `open loop at ${percent} % of node:http's capacity`,
  rateShare: percent / 100,
  isExtra: true,
})

/** @type {Readonly<Record<string, Scenario>>} */
export const SCENARIOS = {
  'get-64': hello(64),
  'get-256': { ...hello(256), isExtra: true },
  'get-1024': hello(1024),
  'get-8000': { ...hello(8000), isExtra: true },
  browser: { ...hello(64), title: 'GET, browser head', request: BROWSER_HEAD },
  pipeline: { ...hello(64), title: '16-deep pipelining', depth: 16 },
  'pipeline-await': {
    ...hello(64),
    title: '16-deep, handler awaits once',
    request: get('/await'),
    depth: 16,
  },
  json: {
    ...hello(64),
    title: 'JSON',
    request: get('/json'),
    body: JSON.stringify({ message: HELLO }),
    isExtra: true,
  },
  post: { ...hello(64), title: 'POST 1 KiB, echoed', request: echoRequest(KIBIBYTE), body: KIBIBYTE },
  download: {
    ...hello(16),
    title: '1 MiB response',
    request: get('/large'),
    body: 'x'.repeat(MEBIBYTE),
    isExtra: true,
  },
  upload: {
    ...hello(16),
    title: '1 MiB upload, counted',
    request: post('/upload', 'u'.repeat(MEBIBYTE)),
    body: String(MEBIBYTE),
    isExtra: true,
  },
  limited: { ...hello(64), title: '10 requests per connection', perConnection: 10, isExtra: true },
  close: { ...hello(64), title: 'a connection per request', perConnection: 1, isExtra: true },
  'open-50': openLoop(50),
  'open-80': openLoop(80),
}

/** What the generator in JavaScript cannot do. @param {Scenario} scenario */
export const needsNativeGenerator = ({ perConnection, rateShare }) =>
  perConnection !== undefined || rateShare !== undefined

/**
 * One connection, one write, answers that take different ways to get ready: their order is the test.
 *
 * @param {readonly string[]} scenarios what the server can do
 */
export const orderCheck = (scenarios) => {
  const canEcho = scenarios.includes('post')
  const canAwait = scenarios.includes('pipeline-await')
  return Array.from({ length: 5 }, (_, i) => {
    const body = `first ${i} ${'x'.repeat(i * 40)}`
    return [
      ...(canEcho ? [{ request: echoRequest(body), body }] : []),
      { request: SMALL_HEAD, body: HELLO },
      ...(canAwait ? [{ request: get('/await'), body: HELLO }] : []),
    ]
  }).flat()
}
