/** An object that a free list lends out. */
export interface Poolable {
  /** True from the moment the object is given back until it is lent again. Written by the list alone; starts false. */
  isPooled: boolean
}

/**
 * Idle objects of one kind, kept to be lent again, the latest first since it is the warmest. What `acquire` returns is
 * borrowed until `release`; whoever releases resets the object before and forgets it afterwards.
 *
 * Lending allocates nothing while an idle object exists: a place that was needed once is kept. An object released twice
 * would be lent to two borrowers at a time; the mark on the object catches that for the price of reading one field.
 */
export class FreeList<T extends Poolable> {
  /** Lent out now. */
  live = 0
  /** The most ever lent out at a time. */
  peak = 0
  /** Waiting in the list. */
  idle = 0
  /** Made because none was idle. */
  created = 0
  /** Given up: discarded, or released to a full list. */
  dropped = 0
  readonly #create: () => T
  readonly #capacity: number
  readonly #places: (T | null)[] = []

  /** `capacity`: the most idle objects kept; 0 keeps none. */
  constructor({ create, capacity }: { create: () => T; capacity: number }) {
    this.#create = create
    this.#capacity = capacity
  }

  acquire(): T {
    const item = this.idle > 0 ? this.#take() : this.#make()
    this.live++
    if (this.live > this.peak) this.peak = this.live
    return item
  }

  /** @throws Error when `item` was given back already: the borrower's mistake, which would serve it to two at once. */
  release(item: T): void {
    this.#takeBack(item)
    if (this.idle < this.#capacity) this.#places[this.idle++] = item
    else this.dropped++
  }

  /** Takes back an object that must not be lent again, because its borrower may still hold it. Throws as above. */
  discard(item: T): void {
    this.#takeBack(item)
    this.dropped++
  }

  #takeBack(item: T): void {
    if (item.isPooled) throw new Error('Given back twice: the object is not lent out.')
    item.isPooled = true
    this.live--
  }

  #take(): T {
    const place = --this.idle
    const item = this.#places[place] as T
    this.#places[place] = null
    item.isPooled = false
    return item
  }

  #make(): T {
    const item = this.#create()
    this.created++
    return item
  }
}
