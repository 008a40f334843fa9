import { availableParallelism } from 'node:os'
import process from 'node:process'
import { errorShareOf } from './error-share.ts'
import type { LoadPlan } from './load-plan.ts'
import type { Recorder } from './recorder.ts'
import type { ResolvedRequest } from './request/request-spec.ts'
import { type LoadResult, type LoadSettings, RESULT_VERSION } from './result.ts'
import type { SelfFigures } from './self-watch.ts'

/** What else is to be said about a thread's run. */
interface RunFacts extends SelfFigures {
  readonly startedAt: string
  readonly isInterrupted: boolean
  readonly maxBacklog: number
}

const describe = ({ method, path, weight, body }: ResolvedRequest): string => {
  const bytes = body === null ? '' : ` (${Buffer.byteLength(body)} bytes)`
  return `${method} ${path}${bytes}${weight === 1 ? '' : ` x ${weight}`}`
}

/** The whole test's settings: merging the parts leaves them as they are. */
const settingsOf = (plan: LoadPlan): LoadSettings => ({
  url: plan.url,
  requests: plan.requests.map(describe),
  connections: plan.connections,
  pipeline: plan.pipeline,
  requestsPerConnection: plan.requestsPerConnection,
  rate: plan.rate,
  arrivals: plan.rate === null ? null : plan.arrivals,
  seed: plan.seed,
  warmUpMs: plan.warmUpMs,
  durationMs: plan.durationMs,
  timeoutMs: plan.timeoutMs,
  workers: plan.workers,
  slo: plan.slo,
})

/** What one thread measured; it is judged when all threads' results are one (judgement.ts). */
export const threadResult = (plan: LoadPlan, recorder: Recorder, facts: RunFacts): LoadResult => {
  const measuredMs = recorder.untilMs - recorder.fromMs
  const { intended, good, failed, unfinished, resent, completedInWindow, errors } = recorder
  const requests = { intended, good, failed, unfinished, resent, completedInWindow }
  return {
    format: 'nova-load',
    version: RESULT_VERSION,
    mode: plan.rate === null ? 'closed' : 'open',
    startedAt: facts.startedAt,
    settings: settingsOf(plan),
    parts: [plan.part],
    measuredMs,
    isInterrupted: facts.isInterrupted,
    requests,
    ratePerSecond: measuredMs === 0 ? 0 : (completedInWindow / measuredMs) * 1000,
    errorShare: errorShareOf(good, errors),
    errors,
    statuses: recorder.statuses,
    connectionsOpened: recorder.connectionsOpened,
    bytesSent: recorder.bytesSent,
    bytesReceived: recorder.bytesReceived,
    latency: recorder.latency.durations(),
    serviceTime: recorder.serviceTime.durations(),
    timeline: recorder.timeline.points,
    generator: {
      scheduleLag: recorder.scheduleLag.durations(),
      loopDelay: facts.loopDelay,
      cpuShare: facts.cpuShare,
      cpuSeconds: facts.cpuSeconds,
      coreWaitShare: facts.coreWaitShare,
      maxBacklog: facts.maxBacklog,
      limitedBy: [],
    },
    verdict: null,
    server: null,
    machine: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cores: availableParallelism(),
    },
  }
}
