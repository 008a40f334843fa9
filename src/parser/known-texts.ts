/** Longer texts are as fast to decode. */
const MAX_LENGTH = 24
const SLOTS = 512

/** Texts decoded before, by the hash of their bytes. Bounded, because clients choose them. */
const texts: string[] = Array.from({ length: SLOTS }, () => '')

const isSame = (bytes: Uint8Array, start: number, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false
  return true
}

/**
 * bytes[start, end) as latin1, for what most requests repeat: a short text that came before is found by its bytes, in
 * half the time of decoding it. Not for secrets, which would stay.
 */
export const knownText = (bytes: Buffer, start: number, end: number): string => {
  const length = end - start
  if (length > MAX_LENGTH) return bytes.toString('latin1', start, end)
  let hash = length
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
  const slot = (hash ^ (hash >>> 9)) & (SLOTS - 1)
  const known = texts[slot] as string
  if (known.length === length && isSame(bytes, start, known)) return known
  const text = bytes.toString('latin1', start, end)
  texts[slot] = text
  return text
}
