import { describe, expect, test } from 'vitest'
import { Random } from '../../src/load/arrivals/random.ts'
import { resolvePlan } from '../../src/load/load-plan.ts'
import { prepareRequest } from '../../src/load/request/prepared-request.ts'
import { RequestSource } from '../../src/load/request/request-source.ts'
import type { RequestSpec } from '../../src/load/request/request-spec.ts'
import { parseTargets } from '../../src/load/request/targets-file.ts'
import { type Row, TemplateValues } from '../../src/load/request/template.ts'

const URL_TEXT = 'http://example.test:8080/base?q=1'

interface Use {
  readonly times?: number
  readonly rows?: readonly Row[]
  readonly part?: { index: number; count: number }
  readonly template?: boolean
}

/** The bytes of a request as latin1 text, for each time it is sent. */
const rendered = (spec: RequestSpec, use: Use = {}): string[] => {
  const { times = 1, rows = [], part = { index: 0, count: 1 }, template = true } = use
  const plan = resolvePlan({ url: URL_TEXT, requests: [spec] })
  const values = template ? new TemplateValues(new Random(1), part, rows) : null
  const request = prepareRequest(plan.requests[0]!, plan.host, values)
  return Array.from({ length: times }, () => {
    const bytes = request.bytes(false)
    return typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1')
  })
}

describe('a request on the wire', () => {
  test('has the target and host of its URL (RFC 9112, 3.2)', () => {
    expect(rendered({})).toEqual(['GET /base?q=1 HTTP/1.1\r\nHost: example.test:8080\r\n\r\n'])
    expect(rendered({ path: '/x', headers: { host: 'other', A: 'b' } })).toEqual([
      'GET /x HTTP/1.1\r\nhost: other\r\nA: b\r\n\r\n',
    ])
  })

  test('states the length of its body in bytes (RFC 9110, 8.6)', () => {
    expect(rendered({ method: 'POST', body: 'é' })[0]).toMatch(/Content-Length: 2\r\n\r\n\xc3\xa9$/)
    expect(rendered({ method: 'POST' })[0]).toMatch(/Content-Length: 0\r\n\r\n$/)
    const large = new Uint8Array(100_000).fill(255)
    expect(rendered({ method: 'PUT', body: large })[0]).toMatch(/Content-Length: 100000\r\n\r\n\xff+$/)
  })

  test('says close when it is the last one of its connection (RFC 9112, 9.6)', () => {
    const plan = resolvePlan({ url: URL_TEXT })
    for (const values of [null, new TemplateValues(new Random(1), { index: 0, count: 1 }, [])]) {
      expect(prepareRequest(plan.requests[0]!, plan.host, values).bytes(true)).toMatch(
        /\r\nConnection: close\r\n\r\n$/,
      )
    }
  })

  test.each([
    ['a space in its path', { path: '/a b' }, 'path'],
    ['a path of another origin', { path: 'http://elsewhere.test/' }, 'origin'],
    ['a line end in a header', { headers: { A: 'b\r\nC: d' } }, 'header A'],
    ['a header name that is none', { headers: { 'A B': 'c' } }, "'A B'"],
    ['a framing header', { headers: { 'Content-Length': '3' } }, 'Content-Length'],
    ['a method that is none', { method: 'GE T' }, 'GE T'],
    ['a weight of 0', { weight: 0 }, 'weight'],
  ])('is refused with %s', (_, spec, word) => {
    expect(() => resolvePlan({ url: URL_TEXT, requests: [spec] })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(word) }),
    )
  })
})

describe('a template', () => {
  test('counts, and parts that count together never repeat', () => {
    const spec = { path: '/{{counter}}', body: '{{ counter }}', method: 'POST' }
    expect(rendered(spec, { times: 2 }).map((text) => text.split(/[ /]/)[2])).toEqual(['0', '1'])
    const part = { index: 1, count: 3 }
    expect(rendered(spec, { times: 3, part }).map((text) => text.split('\r\n\r\n')[1])).toEqual([
      '1',
      '4',
      '7',
    ])
  })

  test('draws numbers between both ends, the same ones for the same seed', () => {
    const spec = { body: '{{random -1 1}}' }
    const drawn = rendered(spec, { times: 50 }).map((text) => text.split('\r\n\r\n')[1])
    expect(new Set(drawn)).toEqual(new Set(['-1', '0', '1']))
    expect(rendered(spec, { times: 50 }).map((text) => text.split('\r\n\r\n')[1])).toEqual(drawn)
  })

  test('takes rows in turn, the same one in every place, with the length in bytes', () => {
    const spec = { path: '/{{row.id}}', body: '{{row.name}}' }
    const rows = [
      { id: '1', name: 'ü' },
      { id: '2', name: 'u' },
    ]
    expect(
      rendered(spec, { times: 3, rows }).map((text) => /\/(\d) .*Content-Length: (\d)/s.exec(text)?.slice(1)),
    ).toEqual([
      ['1', '2'],
      ['2', '1'],
      ['1', '2'],
    ])
  })

  test('with an unknown placeholder or column is refused', () => {
    expect(() => rendered({ path: '/{{nothing}}' })).toThrow('{{nothing}}')
    expect(() => rendered({ path: '/{{row.id}}' }, { rows: [{ name: 'x' }] })).toThrow('a column id')
    expect(rendered({ body: '{{nothing}}' }, { template: false })[0]).toContain('{{nothing}}')
  })
})

test('kinds are drawn by weight', () => {
  const prepared = [1, 3].map((weight) => {
    const plan = resolvePlan({ url: URL_TEXT, requests: [{ path: `/${weight}`, weight }] })
    return prepareRequest(plan.requests[0]!, plan.host, null)
  })
  const source = new RequestSource(prepared, new Random(3))
  const drawn = Array.from({ length: 4_000 }, () => source.next().weight)
  expect(drawn.filter((weight) => weight === 3).length / 4_000).toBeCloseTo(0.75, 1)
})

describe('a targets file', () => {
  test('names one kind per line, or is a JSON array', () => {
    const specs = [
      { method: 'GET', path: '/' },
      { method: 'POST', path: '/a', weight: 2.5 },
    ]
    expect(parseTargets('# all\nGET /\n\n POST /a 2.5 \r\n')).toEqual(specs)
    expect(parseTargets(JSON.stringify(specs))).toEqual(specs)
  })

  test.each(['GET', 'get /', '[1]', '[', '# nothing'])('is refused when it is %j', (text) => {
    expect(() => parseTargets(text)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})
