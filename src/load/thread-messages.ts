import type { NovaError } from '../errors.ts'
import type { LoadProgress } from './load-options.ts'
import type { LoadPlan } from './load-plan.ts'
import type { LoadResult } from './result.ts'

/** What a generator's thread is started with. */
export interface ThreadData {
  readonly plan: LoadPlan
}

/** To a thread: begin at `startMs` of the epoch, or end early. */
export type ThreadOrder = { readonly kind: 'run'; readonly startMs: number } | { readonly kind: 'stop' }

/** From a thread: its connections are open; how far it is; what it measured, its last; why it cannot, its last. */
export type ThreadReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly progress: LoadProgress }
  | { readonly kind: 'done'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly code: NovaError['code']; readonly message: string }
