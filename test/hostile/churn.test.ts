import { expect, test } from 'vitest'
import { comeAndGo } from './churn.ts'
import { startHostileServer } from './hostile-server.ts'

const MIB = 1_048_576

test('3,000 connections that come and go leave no descriptor and no memory behind', async () => {
  const server = await startHostileServer()
  await comeAndGo(server, 1_000)
  const before = await server.expectCalm()
  await comeAndGo(server, 3_000)
  const after = await server.expectCalm()
  expect(after.descriptors).toBe(before.descriptors)
  expect(after.heapBytes - before.heapBytes).toBeLessThan(MIB)
  expect(after.externalBytes - before.externalBytes).toBeLessThan(MIB)
})
