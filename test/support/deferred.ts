/** A promise whose end the test decides. */
export interface Deferred<T> {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: unknown) => void
}

export const deferred = <T = void>(): Deferred<T> => {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

/** Named doors: whoever passes waits until the test opens that name. */
export class Doors {
  readonly #doors = new Map<string, Deferred<void>>()

  pass(name: string): Promise<void> {
    return this.#door(name).promise
  }

  open(name: string): void {
    this.#door(name).resolve()
  }

  #door(name: string): Deferred<void> {
    const door = this.#doors.get(name) ?? deferred()
    this.#doors.set(name, door)
    return door
  }
}
