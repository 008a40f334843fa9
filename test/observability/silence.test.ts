import { type Channel, channel } from 'node:diagnostics_channel'
import { Session } from 'node:inspector/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { get } from '../support/answers.ts'
import { MemoryServer, settle } from '../support/memory-server.ts'
import { CHANNELS, causeEverything } from './everything.ts'
import { published } from './published.ts'

test('everything is published where somebody has subscribed', async () => {
  const seen = published(...CHANNELS)
  await causeEverything()
  expect([...new Set(seen.map(([name]) => name))].sort()).toEqual([...CHANNELS].sort())
})

test('nothing is published where nobody has', async () => {
  const spies = CHANNELS.flatMap((name) => {
    const each: Channel = channel(name)
    expect(each.hasSubscribers).toBe(false)
    return [vi.spyOn(each, 'publish'), vi.spyOn(each, 'runStores')] as const
  })
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  await causeEverything()
  for (const spy of spies) expect(spy).not.toHaveBeenCalled()
})

/** Where what is told of requests and connections is made. */
const TELLERS =
  /engine\/(?:stats\/channels|message\/request-trace|connection\/departures|connection\/observation)\.ts$/

interface ProfileNode {
  callFrame: { url: string; functionName: string }
  selfSize: number
  children: ProfileNode[]
}

const allocatorsIn = ({ callFrame: { url }, selfSize, children }: ProfileNode): string[] => [
  ...(selfSize > 0 && TELLERS.test(url) ? [url.slice(url.lastIndexOf('/') + 1)] : []),
  ...children.flatMap(allocatorsIn),
]

/** Which files of the tellers allocate anything while `act` runs. */
const allocators = async (act: () => Promise<void>): Promise<string[]> => {
  const session = new Session()
  session.connect()
  try {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: 1,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    })
    await act()
    const { profile } = await session.post('HeapProfiler.stopSampling')
    return [...new Set(allocatorsIn(profile.head))].sort()
  } finally {
    session.disconnect()
  }
}

describe('requests and connections', () => {
  const traffic = () => {
    const server = new MemoryServer((req, res) => (req.target === '/' ? res.end('x') : undefined))
    const serve = async (): Promise<void> => {
      const peer = server.connect()
      for (let i = 0; i < 50; i++) peer.receive(get('/').repeat(4))
      peer.receive(get('/never'))
      peer.close()
      server.connect().receive('nonsense\r\n\r\n')
      server.clock.advance(20_000)
      await settle()
    }
    return { server, serve }
  }
  /** V8 makes something for every function that is new to it. */
  const WARM_UP = 20

  test('make nothing for those who do not listen', async () => {
    const { server, serve } = traffic()
    for (let i = 0; i < WARM_UP; i++) await serve()
    expect(await allocators(serve)).toEqual([])
    expect(server.stats.requests).toBe(201 * (WARM_UP + 1))
  })

  test('make it for those who do', async () => {
    published(...CHANNELS)
    const { serve } = traffic()
    for (let i = 0; i < WARM_UP; i++) await serve()
    expect(await allocators(serve)).toEqual(expect.arrayContaining(['channels.ts', 'departures.ts']))
  })
})
