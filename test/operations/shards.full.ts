import { describe, expect, test } from 'vitest'
import { ask, nextEvent, startApp } from '../shard/serving.ts'

describe('an application', () => {
  test.each([
    ['listener.mjs', 'listener /x'],
    ['fetch.mjs', 'fetch /x'],
  ])('serves %s', async (name, body) => {
    const shards = await startApp(name, { shards: 1 })
    expect(await ask(shards, '/x')).toBe(body)
    await expect.poll(() => shards.stats().total.responses['2xx']).toBe(1)
    expect(await shards.drain()).toMatchObject({ aborted: 0 })
    await expect(ask(shards)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })
})

test('the kernel gives each of two shards 40 to 60 % of 1,000 connections, where it deals them out', async ({
  skip,
}) => {
  const shards = await startApp('handler.mjs')
  skip(shards.mode !== 'reusePort', 'this Node has no reusePort')
  const counts = new Map<string, number>()
  for (let i = 0; i < 1_000; i++) {
    const thread = await ask(shards)
    counts.set(thread, (counts.get(thread) ?? 0) + 1)
  }
  console.log([...counts.values()])
  expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(400)
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(600)
})

describe('a shard that fails', () => {
  test('by crashing again and again waits longer each time; what it had counted is kept', async () => {
    const shards = await startApp('handler.mjs', { shards: 1, restartDelayMs: 20 })
    await ask(shards)
    await expect.poll(() => shards.stats().total.requests).toBe(1)
    const delays: number[] = []
    for (let i = 0; i < 3; i++) {
      const crashed = nextEvent(shards, 'crash')
      const restarted = nextEvent(shards, 'restart')
      await ask(shards, '/exit').catch(() => {})
      delays.push((await crashed).restartInMs)
      await restarted
    }
    expect(delays).toEqual([20, 40, 80])
    expect(shards.stats().total.responses['2xx']).toBeGreaterThanOrEqual(1)
  })

  test('by blocking its event loop is told about, and when it goes on', async () => {
    const shards = await startApp('handler.mjs', { shards: 1, blockedAfterMs: 300 })
    const blocked = nextEvent(shards, 'blocked')
    const recovered = nextEvent(shards, 'recovered')
    const answer = ask(shards, '/block')
    expect((await blocked).blockedMs).toBeGreaterThanOrEqual(300)
    expect(shards.stats().shards[0]?.blockedMs).toBeGreaterThanOrEqual(300)
    await answer
    expect((await recovered).shard).toBe(0)
    expect(shards.stats().shards[0]?.blockedMs).toBe(0)
  })

  test('by blocking when it is to drain is waited for', async () => {
    const shards = await startApp('handler.mjs', { shards: 1, blockedAfterMs: 200 })
    const blocked = nextEvent(shards, 'blocked')
    const answer = ask(shards, '/block')
    await blocked
    expect(await shards.drain({ idleGraceMs: 0 })).toMatchObject({ aborted: 0 })
    expect(await answer).toMatch(/^\d+$/)
  })
})
