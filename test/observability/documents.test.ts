import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { renderShardMetrics } from '../../src/shard/shard-metrics.ts'
import { get } from '../support/answers.ts'
import { MemoryServer } from '../support/memory-server.ts'
import { CHANNELS, causeEverything } from './everything.ts'
import { parseExposition } from './exposition.ts'
import { published } from './published.ts'

const page = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8')

/** Rows of the table under `head`, as cells. */
const table = (head: RegExp): string[][] => {
  const lines = page.split('\n')
  const rows: string[][] = []
  for (let i = lines.findIndex((line) => head.test(line)) + 2; lines[i]?.startsWith('|'); i++) {
    rows.push(
      (lines[i] as string)
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  }
  return rows
}

const names = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string)

describe('docs/observability.md', () => {
  test('has every metric, with its type and label', () => {
    const server = new MemoryServer((_req, res) => res.end())
    server.connect().receive('nonsense\r\n\r\n')
    const shard = { shard: 0, state: 'serving', restarts: 0, blockedMs: 0, stats: server.stats }
    const families = parseExposition(renderShardMetrics([shard]))
    const rows = [...table(/^\| metric .*counts/), ...table(/^\| metric .*says/)]
    expect(rows.map(([name, type]) => [names(name)[0], type])).toEqual(
      [...families].map(([name, { type }]) => [name, type]),
    )
    for (const [name, _type, label] of table(/^\| metric .*counts/)) {
      const labels = families.get(names(name)[0] as string)?.samples.map((each) => Object.keys(each.labels))
      const told = (labels?.[0] ?? []).filter((each) => each !== 'le')
      expect([name, names(label)]).toEqual([name, told])
    }
  })

  test('has every channel, with what its messages hold', async () => {
    const seen = published(...CHANNELS)
    await causeEverything()
    const rows = table(/^\| channel/)
    expect(rows.map(([name]) => names(name)[0])).toEqual(CHANNELS)
    for (const [name, message] of rows) {
      if (name?.includes('request.start') || name?.includes('request.end')) continue
      const event = seen.find(([channel]) => channel === names(name)[0])?.[1] ?? {}
      expect(message).toBe(`\`{ ${Object.keys(event).join(', ')} }\``)
    }
  })

  test('has every field of a request', () => {
    const seen = published('nova-http:request.end')
    new MemoryServer((_req, res) => res.end('x')).connect().receive(get('/'))
    const told = table(/^\| field .*is {2}/).flatMap(([cell]) => names(cell))
    expect(told.toSorted()).toEqual(Object.keys(seen[0]?.[1] ?? {}).toSorted())
  })

  test('shows a line of the access log as it is', () => {
    const line = /^ {4}(\{"time".*\})$/m.exec(page)?.[1] ?? ''
    expect(Object.keys(JSON.parse(line))).toEqual([
      ...[
        'time',
        'remote_address',
        'method',
        'target',
        'status',
        'bytes',
        'duration_ms',
        'complete',
        'request_id',
      ],
    ])
  })
})
