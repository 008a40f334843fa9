import parsePrometheus from 'parse-prometheus-text-format'
import { describe, expect, test } from 'vitest'
import { type Family, renderFamilies } from '../../src/metrics/open-metrics.ts'
import { parseExposition, seriesValue } from './exposition.ts'

const HISTOGRAM: Family = {
  type: 'histogram',
  name: 'h_seconds',
  unit: 'seconds',
  help: 'How long.',
  buckets: [
    ['0.5', 2],
    ['1.0', 0],
    ['+Inf', 1],
  ],
  sum: 3.25,
}

describe('renderFamilies()', () => {
  test('writes what OpenMetrics 1.0 wants, byte for byte', () => {
    const text = renderFamilies([
      { type: 'counter', name: 'c_bytes', unit: 'bytes', help: 'Bytes.', samples: [{ value: 7 }] },
      {
        type: 'gauge',
        name: 'g',
        help: 'Now.',
        samples: [
          { labels: { a: '1', b: '2' }, value: 0 },
          { labels: { a: '2', b: '2' }, value: 1.5 },
        ],
      },
      HISTOGRAM,
    ])
    expect(text).toBe(`# TYPE c_bytes counter
# UNIT c_bytes bytes
# HELP c_bytes Bytes.
c_bytes_total 7
# TYPE g gauge
# HELP g Now.
g{a="1",b="2"} 0
g{a="2",b="2"} 1.5
# TYPE h_seconds histogram
# UNIT h_seconds seconds
# HELP h_seconds How long.
h_seconds_bucket{le="0.5"} 2
h_seconds_bucket{le="1.0"} 2
h_seconds_bucket{le="+Inf"} 3
h_seconds_count 3
h_seconds_sum 3.25
# EOF
`)
  })

  test('escapes what would end a text or a line', () => {
    const odd = 'a\\b "c"\nd 1\n# EOF\n'
    const text = renderFamilies([
      { type: 'gauge', name: 'g', help: odd, samples: [{ labels: { label: odd }, value: 1 }] },
    ])
    const families = parseExposition(text)
    expect(families.get('g')?.help).toBe(odd)
    expect(seriesValue(families, 'g', { label: odd })).toBe(1)
    expect(text.split('\n')).toHaveLength(5)
  })

  test('is read by a parser of the older text format too, counters under their full name', () => {
    const text = renderFamilies([
      { type: 'counter', name: 'c', help: 'Counts.', samples: [{ labels: { code: 'A' }, value: 5 }] },
      HISTOGRAM,
    ])
    expect(parsePrometheus(text)).toEqual([
      { name: 'c', help: 'Counts.', type: 'COUNTER', metrics: [] },
      { name: 'c_total', help: '', type: 'UNTYPED', metrics: [{ value: '5', labels: { code: 'A' } }] },
      {
        name: 'h_seconds',
        help: 'How long.',
        type: 'HISTOGRAM',
        metrics: [{ buckets: { '0.5': '2', '1.0': '2', '+Inf': '3' }, count: '3', sum: '3.25' }],
      },
    ])
  })
})

const GOOD = renderFamilies([
  { type: 'counter', name: 'c', help: 'Counts.', samples: [{ labels: { code: 'A' }, value: 5 }] },
  HISTOGRAM,
])

describe('the check of the format', () => {
  test('takes what is right', () => {
    expect([...parseExposition(GOOD).keys()]).toEqual(['c', 'h_seconds'])
  })

  test.each<[rule: string, from: string | RegExp, to: string]>([
    ['does not end in # EOF', '# EOF\n', ''],
    ['not of its family', 'c_total', 'c'],
    [
      'not of its family',
      '# TYPE h_seconds histogram\n# UNIT h_seconds seconds\n# HELP h_seconds How long.\n',
      '',
    ],
    ['the type does not come first', '# TYPE c counter\n', ''],
    ['the type does not come first', /(# TYPE c counter\n)(# HELP.*\n)/, '$2$1'],
    ['said behind a sample', /(# HELP c .*\n)(c_total.*\n)/, '$2$1'],
    ['no help', 'Counts.', ''],
    ['a series twice', /(c_total.*\n)/, '$1$1'],
    ['a label twice', '{code="A"}', '{code="A",code="B"}'],
    ['not a sample', '"A"', '"A"B"'],
    ['not a sample', '} 5', '} five'],
    ['a count below 0', '} 5', '} -5'],
    ['the name does not end in its unit', '# UNIT h_seconds seconds', '# UNIT h_seconds bytes'],
    ['bounds do not ascend', 'le="1.0"', 'le="0.1"'],
    ['no +Inf', /h_seconds_bucket\{le="\+Inf"\}.*\n/, ''],
    ['not cumulative', '{le="1.0"} 2', '{le="1.0"} 1'],
    ['the count is not that of +Inf', 'h_seconds_count 3', 'h_seconds_count 4'],
    ['no sum', /h_seconds_sum.*\n/, ''],
    ['a family in two places', '# EOF\n', '# TYPE c counter\n# EOF\n'],
  ])('finds: %s', (rule, from, to) => {
    const broken = GOOD.replace(from, to)
    expect(broken).not.toBe(GOOD)
    expect(() => parseExposition(broken)).toThrow(`${rule}: `)
  })
})
