import { type Build, loadBuild } from './binary.ts'
import {
  HPE_OK,
  STATE_BYTES,
  STATE_ERROR,
  STATE_ERROR_POSITION,
  STATE_INTS,
  STATE_SPAN_CALLBACK,
  STATE_SPAN_START,
} from './memory-map.ts'

const PAGE_BYTES = 65_536

/** What llhttp calls while it parses; `at` is an address in its memory. A result other than 0 stops it. */
export interface Callbacks {
  onMessageBegin(): number
  onTarget(at: number, length: number): number
  onFieldName(at: number, length: number): number
  onFieldValue(at: number, length: number): number
  onHeadersComplete(status: number, upgrade: number, keepAlive: number): number
  onBody(at: number, length: number): number
  onMessageComplete(): number
}

interface Exports {
  readonly memory: WebAssembly.Memory
  _initialize(): void
  llhttp_alloc(type: number): number
  llhttp_execute(state: number, at: number, length: number): number
}

/**
 * One llhttp instance: its memory, one parser state and the window behind it. Memory grows once, here: growing detaches
 * every view of it, among them the buffer that sockets read into.
 */
export class Llhttp {
  readonly build: Build
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly bytes: Uint8Array
  readonly ints: Int32Array
  /** Address of the parser state. */
  readonly state: number
  /** Address of the window. */
  readonly base: number
  readonly window: Buffer
  readonly #execute: Exports['llhttp_execute']
  /** Index of the state in `ints`. */
  readonly #state: number
  readonly #fresh: Int32Array

  constructor(type: number, windowBytes: number, wish: Build | undefined, callbacks: Callbacks) {
    const { build, module } = loadBuild(wish)
    // Each takes all that llhttp passes: V8 compiles one wrapper for every signature and for every number of parameters.
    const env = {
      wasm_on_message_begin: (_state: number) => callbacks.onMessageBegin(),
      wasm_on_url: (_state: number, at: number, length: number) => callbacks.onTarget(at, length),
      wasm_on_status: (_state: number, _at: number, _length: number) => HPE_OK,
      wasm_on_header_field: (_state: number, at: number, length: number) => callbacks.onFieldName(at, length),
      wasm_on_header_value: (_state: number, at: number, length: number) =>
        callbacks.onFieldValue(at, length),
      wasm_on_headers_complete: (_state: number, status: number, upgrade: number, keepAlive: number) =>
        callbacks.onHeadersComplete(status, upgrade, keepAlive),
      wasm_on_body: (_state: number, at: number, length: number) => callbacks.onBody(at, length),
      wasm_on_message_complete: (_state: number) => callbacks.onMessageComplete(),
    }
    const exports = new WebAssembly.Instance(module, { env }).exports as Exports
    exports._initialize()
    this.build = build
    this.memory = exports.memory
    this.state = exports.llhttp_alloc(type)
    this.base = exports.memory.buffer.byteLength
    exports.memory.grow(Math.ceil(windowBytes / PAGE_BYTES))
    const { buffer } = exports.memory
    this.bytes = new Uint8Array(buffer)
    this.ints = new Int32Array(buffer)
    this.window = Buffer.from(buffer, this.base, windowBytes)
    this.#execute = exports.llhttp_execute
    this.#state = this.state >> 2
    this.#fresh = new Int32Array(buffer.slice(this.state, this.state + STATE_BYTES))
  }

  /** Parses the bytes at [at, end). Returns llhttp's error number. */
  execute(at: number, end: number): number {
    return this.#execute(this.state, at, end - at)
  }

  /** Begins a connection's next message. */
  reset(): void {
    this.restore(this.#fresh)
  }

  /** Puts a saved state back. */
  restore(saved: Int32Array): void {
    const { ints } = this
    const at = this.#state
    for (let i = 0; i < STATE_INTS; i++) ints[at + i] = saved[i] as number
  }

  save(into: Int32Array): void {
    const { ints } = this
    const at = this.#state
    for (let i = 0; i < STATE_INTS; i++) into[i] = ints[at + i] as number
  }

  /** Address at which parsing paused or failed. */
  get errorPosition(): number {
    return this.ints[(this.state + STATE_ERROR_POSITION) >> 2] as number
  }

  /** Lets the next `execute` go on after a pause. */
  resume(): void {
    this.ints[(this.state + STATE_ERROR) >> 2] = HPE_OK
  }

  /** Address of the first byte of the open span in these bytes, 0 when `callback` has none open. */
  openSpan(callback: number): number {
    const { ints, state } = this
    return ints[(state + STATE_SPAN_CALLBACK) >> 2] === callback
      ? (ints[(state + STATE_SPAN_START) >> 2] as number)
      : 0
  }
}
