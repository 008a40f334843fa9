import { onTestFinished } from 'vitest'
import { engineChannel } from '../../src/engine/stats/channels.ts'
import type { EngineEvents } from '../../src/engine/stats/events.ts'

type Name = keyof EngineEvents

/** What is published on `names` for the rest of the running test, in order. Payloads are kept, not copied. */
export const published = <K extends Name>(...names: K[]): [name: K, event: EngineEvents[K]][] => {
  const seen: [K, EngineEvents[K]][] = []
  for (const name of names) {
    const listener = (event: EngineEvents[K]): void => {
      seen.push([name, event])
    }
    engineChannel(name).subscribe(listener)
    onTestFinished(() => {
      engineChannel(name).unsubscribe(listener)
    })
  }
  return seen
}
