import { isIPv4, isIPv6, SocketAddress } from 'node:net'

const MAPPED_PREFIX = '::ffff:'

/**
 * An IP address as the engine writes it, or null when `text` is none: IPv6 as RFC 5952 has it, an IPv4 address mapped
 * into IPv6 as itself (RFC 4291, 2.5.5.2). What is equal is equal text, so it can be counted and compared. Zones are
 * refused: they mean something on one machine only.
 */
export const canonicalAddress = (text: string): string | null => {
  if (isIPv4(text)) return text
  if (!isIPv6(text) || text.includes('%')) return null
  const { address } = new SocketAddress({ address: text, family: 'ipv6' })
  return unmapped(address)
}

/** An IPv4 client of a dual-stack socket is the same client as on an IPv4 socket. */
export const unmapped = (address: string): string =>
  address.startsWith(MAPPED_PREFIX) && address.includes('.') ? address.slice(MAPPED_PREFIX.length) : address
