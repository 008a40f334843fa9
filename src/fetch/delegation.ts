/** An object that stands for one of the runtime's own, which it makes when asked for what it cannot answer. */
export interface Standin<T> {
  readonly native: T
}

/**
 * Completes `prototype`, so that its objects have every property and method of `nativePrototype`, answered by the real
 * object, and are `instanceof` its class.
 */
export const standFor = <T extends object>(
  prototype: Standin<T>,
  nativePrototype: T,
  own: readonly string[],
): void => {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(nativePrototype))) {
    if (name in prototype || own.includes(name)) continue
    const { value } = property
    const isMethod = typeof value === 'function'
    Object.defineProperty(prototype, name, {
      configurable: true,
      enumerable: true,
      ...(isMethod
        ? {
            writable: true,
            value(this: Standin<T>, ...args: unknown[]) {
              return Reflect.apply(value, this.native, args)
            },
          }
        : {
            get(this: Standin<T>) {
              return Reflect.get(this.native, name)
            },
          }),
    })
  }
  Object.setPrototypeOf(prototype, nativePrototype)
}

type Class = abstract new (...args: never) => object

const isInstance = Function.prototype[Symbol.hasInstance] as (this: unknown, value: unknown) => boolean

/** Whatever is `instanceof Native` is `instanceof Own` as well, under its name; subclasses of Own are as ever. */
export const passFor = (Own: Class, Native: Class): void => {
  Object.defineProperty(Own, 'name', { value: Native.name })
  Object.defineProperty(Own, Symbol.hasInstance, {
    value(this: unknown, value: unknown) {
      return isInstance.call(this === Own ? Native : this, value)
    },
  })
}
