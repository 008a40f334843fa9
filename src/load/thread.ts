import { parentPort, workerData } from 'node:worker_threads'
import { NovaError } from '../errors.ts'
import { Generator, systemEnvironment } from './generator.ts'
import type { ThreadData, ThreadOrder, ThreadReport } from './thread-messages.ts'

/** What runs in a worker thread: one generator, for one run. */
const { plan } = workerData as ThreadData
const report = (message: ThreadReport): void => parentPort?.postMessage(message)
const generator = new Generator(plan, systemEnvironment, (progress) => report({ kind: 'progress', progress }))

parentPort?.on('message', (order: ThreadOrder) => {
  if (order.kind === 'stop') return generator.stop()
  void generator.run(order.startMs).then((result) => {
    report({ kind: 'done', result })
    parentPort?.close()
  })
})

try {
  await generator.open()
  report({ kind: 'ready' })
} catch (error) {
  if (!(error instanceof NovaError)) throw error
  report({ kind: 'failed', code: error.code, message: error.message })
  parentPort?.close()
}
