import { Buffer } from 'node:buffer'

/** Byte arrays up to this size are folded into the text: one string write costs less than a vectored one. */
const FOLD_BYTES = 4_096

/**
 * Bytes on their way out, in order. `text` is latin1 and always the newest part; `chunks` holds what came before it
 * once a large byte array had to stay as it is. A whole small answer is therefore one string, and one write.
 */
export class Output {
  text = ''
  chunks: (string | Uint8Array)[] | null = null
  /** Bytes held. */
  size = 0

  /** Appends latin1 text: one byte per character. */
  appendText(text: string): void {
    this.text += text
    this.size += text.length
  }

  /** Appends bytes; a large array is borrowed until it is written, so the caller must not change it. */
  appendBytes(bytes: Uint8Array): void {
    if (bytes.length <= FOLD_BYTES) {
      const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      this.text += view.toString('latin1')
    } else {
      this.chunks ??= []
      if (this.text !== '') this.chunks.push(this.text)
      this.chunks.push(bytes)
      this.text = ''
    }
    this.size += bytes.length
  }

  /** Appends a string as UTF-8. `byteLength` is its UTF-8 length, which tells ASCII apart for free. */
  appendUtf8(text: string, byteLength: number): void {
    if (byteLength === text.length) this.appendText(text)
    else this.appendBytes(Buffer.from(text, 'utf8'))
  }

  /** Moves everything held here to the end of `target`. */
  moveTo(target: Output): void {
    if (this.chunks === null) {
      target.text += this.text
    } else {
      target.chunks ??= []
      if (target.text !== '') target.chunks.push(target.text)
      for (const chunk of this.chunks) target.chunks.push(chunk)
      target.text = this.text
    }
    target.size += this.size
    this.clear()
  }

  clear(): void {
    this.text = ''
    this.chunks = null
    this.size = 0
  }
}
