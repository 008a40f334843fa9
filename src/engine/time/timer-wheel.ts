import { NovaError } from '../../errors.ts'

/**
 * What the wheel needs of an object that waits: its place in a list, and its deadline. The object is its own list node,
 * so waiting allocates nothing. All fields but `onDeadline` belong to the wheel; an object sits in one wheel at a time.
 */
export interface WheelNode {
  wheelNext: WheelNode | null
  wheelPrevious: WheelNode | null
  /** Ms on the wheel's clock; 0 when not armed. */
  wheelDeadline: number
  /** The tick the node is filed under, no later than its deadline asks for; -1 when not armed. */
  wheelSlot: number
  /** The deadline has passed. The node is no longer armed and may be armed again from here. */
  onDeadline(now: number): void
}

/** The head of a circular list. */
class SlotHead implements WheelNode {
  wheelNext: WheelNode = this
  wheelPrevious: WheelNode = this
  wheelDeadline = 0
  wheelSlot = -1

  onDeadline(): void {}
}

const DEFAULT_TICK_MS = 100
const DEFAULT_SLOTS = 512

/**
 * Every timeout of one thread, for deadlines that are many, mostly refreshed or cancelled before they pass, and need
 * not be exact: idle connections, slow heads, stalled writes. A node fires in the first `advance()` whose time is at
 * least its deadline plus one tick. With an advance per tick that is never before the deadline by a precise clock, and
 * less than two ticks after it. Not for scheduling work.
 *
 * The extra tick is there because deadlines are reckoned from `now`, which stands still between advances: whoever arms
 * `wheel.now + timeout` may do so when `now` is a tick old. When the event loop was blocked for longer, `now` is older
 * still, and what is armed before the next advance may fire early by the excess; who has read the clock anyway can set
 * `now` forward, which fires nothing.
 *
 * Arming and cancelling are O(1). Refreshing usually stores a number: a node stays in its slot as long as that comes no
 * later than the new deadline, and is filed anew when the slot's time comes.
 */
export class TimerWheel {
  /** Coarse monotonic time in whole ms, rounded up. May be set forward between advances. */
  now: number
  /** Armed nodes. */
  size = 0
  readonly #tickMs: number
  readonly #mask: number
  readonly #slots: readonly SlotHead[]
  readonly #maxFired: number
  /** Nodes whose slots were passed and that were not looked at yet: what the last advance had to leave. */
  readonly #passed = new SlotHead()
  /** The tick of the last advance. Its slot is looked at again by the next one, since a tick passes gradually. */
  #tick: number

  /**
   * `tickMs`: how coarse the wheel is, from 1. `slots`: ticks in one revolution, a power of two; deadlines further
   * away are filed again once per revolution. `startMs`: the clock's reading now; the wheel has no clock of its own.
   * `maxFired`: nodes fired by one advance, from 1; by default all that are due.
   * @throws OPTION_INVALID
   */
  constructor(options: { tickMs?: number; slots?: number; startMs?: number; maxFired?: number } = {}) {
    const { tickMs = DEFAULT_TICK_MS, slots = DEFAULT_SLOTS, startMs = 0 } = options
    this.#maxFired = options.maxFired ?? Number.POSITIVE_INFINITY
    if (!(tickMs >= 1)) throw new NovaError('OPTION_INVALID', `tickMs must be at least 1; got ${tickMs}.`)
    if (!Number.isInteger(slots) || slots < 2 || (slots & (slots - 1)) !== 0) {
      throw new NovaError('OPTION_INVALID', `slots must be a power of two of at least 2; got ${slots}.`)
    }
    this.now = Math.ceil(startMs)
    this.#tickMs = tickMs
    this.#mask = slots - 1
    this.#slots = Array.from({ length: slots }, () => new SlotHead())
    this.#tick = Math.floor(startMs / tickMs)
  }

  /** Arms `node`, or moves its deadline either way. `deadlineMs` is on the wheel's clock and greater than 0. */
  arm(node: WheelNode, deadlineMs: number): void {
    const slot = node.wheelSlot
    if (slot < 0) {
      this.size++
    } else if (deadlineMs < node.wheelDeadline && this.#slotOf(deadlineMs) < slot) {
      unlink(node)
    } else {
      node.wheelDeadline = deadlineMs
      return
    }
    node.wheelDeadline = deadlineMs
    this.#file(node)
  }

  /** Does nothing when `node` is not armed. */
  cancel(node: WheelNode): void {
    if (node.wheelSlot < 0) return
    unlink(node)
    this.#disarm(node)
  }

  /**
   * Moves `now` forward to `nowMs` and fires what is due; an earlier time fires nothing. However far the jump, each
   * slot is visited once. Callbacks may arm and cancel any node; what they arm to a moment already past fires in this
   * advance or in the next. When one throws, the nodes behind it fire in the next advance. True when `maxFired` was
   * reached and nodes are left that only another advance looks at.
   */
  advance(nowMs: number): boolean {
    // Whole numbers, because V8 boxes fractions; upwards, because a deadline reckoned from it must not be early.
    if (nowMs > this.now) this.now = Math.ceil(nowMs)
    this.#collect(Math.floor(nowMs / this.#tickMs))
    const passed = this.#passed
    const dueMs = nowMs - this.#tickMs
    let left = this.#maxFired
    for (let node = passed.wheelNext; node !== passed; node = passed.wheelNext) {
      if (node.wheelDeadline > dueMs) {
        unlink(node)
        this.#file(node)
      } else if (left-- === 0) {
        return true
      } else {
        unlink(node)
        this.#disarm(node)
        node.onDeadline(this.now)
      }
    }
    return false
  }

  /** Detaches the slots from the last advance's to `tick`'s, so that callbacks cannot feed the list being fired. */
  #collect(tick: number): void {
    const count = Math.min(tick - this.#tick, this.#mask) + 1
    for (let i = 0; i < count; i++)
      moveAll(this.#slots[(this.#tick + i) & this.#mask] as SlotHead, this.#passed)
    this.#tick = tick
  }

  /** The tick in which a deadline and its extra tick are over. */
  #slotOf(deadlineMs: number): number {
    return Math.floor(deadlineMs / this.#tickMs) + 1
  }

  /** A deadline more than one revolution away comes up once per revolution and is filed again. */
  #file(node: WheelNode): void {
    const slot = Math.max(this.#slotOf(node.wheelDeadline), this.#tick)
    node.wheelSlot = slot
    append(node, this.#slots[slot & this.#mask] as SlotHead)
  }

  #disarm(node: WheelNode): void {
    node.wheelDeadline = 0
    node.wheelSlot = -1
    this.size--
  }
}

const append = (node: WheelNode, head: SlotHead): void => {
  const last = head.wheelPrevious
  node.wheelPrevious = last
  node.wheelNext = head
  last.wheelNext = node
  head.wheelPrevious = node
}

/** Takes an armed node out of whatever list it is in. */
const unlink = (node: WheelNode): void => {
  const previous = node.wheelPrevious as WheelNode
  const next = node.wheelNext as WheelNode
  previous.wheelNext = next
  next.wheelPrevious = previous
  // A closed connection must not be kept alive by its former neighbours.
  node.wheelNext = null
  node.wheelPrevious = null
}

/** Appends the list of `from` to that of `to` and leaves `from` empty. */
const moveAll = (from: SlotHead, to: SlotHead): void => {
  if (from.wheelNext === from) return
  const first = from.wheelNext
  const last = from.wheelPrevious
  first.wheelPrevious = to.wheelPrevious
  to.wheelPrevious.wheelNext = first
  last.wheelNext = to
  to.wheelPrevious = last
  from.wheelNext = from
  from.wheelPrevious = from
}
