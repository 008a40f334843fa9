import type { SecureContext, SecureContextOptions } from 'node:tls'
import { NovaError } from '../../errors.ts'

/** What `tls.createSecureContext` takes and a server has use for. */
export type TlsCertificate = Pick<
  SecureContextOptions,
  | 'ca'
  | 'cert'
  | 'ciphers'
  | 'crl'
  | 'dhparam'
  | 'ecdhCurve'
  | 'honorCipherOrder'
  | 'key'
  | 'maxVersion'
  | 'minVersion'
  | 'passphrase'
  | 'pfx'
  | 'secureOptions'
  | 'sessionTimeout'
  | 'sigalgs'
  | 'ticketKeys'
>

/** Chooses by the name that the client asks for, now or later; undefined for the certificate of `tls` itself. */
export type SniCallback = (name: string) => SecureContext | undefined | PromiseLike<SecureContext | undefined>

/** What can be changed while the engine runs. */
export interface TlsCertificates extends TlsCertificate {
  /**
   * Certificates by the names that clients ask for (SNI, RFC 6066, 3); `*.example.com` stands for one label. Others
   * get the certificate of `tls` itself. A function decides for itself, with contexts of `tls.createSecureContext`.
   */
  sni?: Readonly<Record<string, TlsCertificate>> | SniCallback
}

export interface TlsOptions extends TlsCertificates {
  /** Asks clients for a certificate. Default false. */
  requestCert?: boolean
  /** With `requestCert`: whoever has none that `ca` vouches for is refused. Default true. */
  rejectUnauthorized?: boolean
}

const CERTIFICATE_NAMES: readonly string[] = [
  ...['ca', 'cert', 'ciphers', 'crl', 'dhparam', 'ecdhCurve', 'honorCipherOrder', 'key', 'maxVersion'],
  ...['minVersion', 'passphrase', 'pfx', 'secureOptions', 'sessionTimeout', 'sigalgs', 'ticketKeys'],
]

const invalid = (detail: string, cause?: unknown): NovaError =>
  new NovaError('OPTION_INVALID', detail, cause === undefined ? undefined : { cause })

const checkNames = (option: string, value: unknown, names: readonly string[]): void => {
  if (typeof value !== 'object' || value === null) throw invalid(`Option ${option} must be an object.`)
  const stranger = Object.keys(value).find((name) => !names.includes(name))
  if (stranger !== undefined) {
    throw invalid(`Unknown option ${option}.${stranger}; known: ${names.join(', ')}.`)
  }
}

/** @throws OPTION_INVALID with OpenSSL's reason */
const contextOf = (option: string, certificate: TlsCertificate): SecureContext => {
  if (certificate.pfx === undefined && (certificate.key === undefined || certificate.cert === undefined)) {
    throw invalid(`Option ${option} needs key and cert, or pfx.`)
  }
  try {
    // Loaded for those who want TLS: OpenSSL and what belongs to it take 6 ms.
    return process.getBuiltinModule('node:tls').createSecureContext(certificate)
  } catch (cause) {
    throw invalid(`Option ${option}: ${(cause as Error).message}`, cause)
  }
}

/** The contexts of a server, all made and checked before the first is used. */
export interface TlsContexts {
  /** What `server.setSecureContext` takes; known to be usable. */
  readonly certificate: TlsCertificate
  readonly choose: SniCallback
}

const certificateChooser = (certificates: Readonly<Record<string, TlsCertificate>>): SniCallback => {
  const contexts = new Map<string, SecureContext>()
  for (const [name, certificate] of Object.entries(certificates)) {
    const option = `tls.sni['${name}']`
    checkNames(option, certificate, CERTIFICATE_NAMES)
    contexts.set(name.toLowerCase(), contextOf(option, certificate))
  }
  return (asked) => {
    const name = asked.toLowerCase()
    return contexts.get(name) ?? contexts.get(`*${name.slice(Math.max(0, name.indexOf('.')))}`)
  }
}

/** @throws OPTION_INVALID */
export const tlsContextsOf = (options: TlsCertificates): TlsContexts => {
  checkNames('tls', options, [...CERTIFICATE_NAMES, 'sni'])
  const { sni = {}, ...certificate } = options
  contextOf('tls', certificate)
  if (typeof sni === 'function') return { certificate, choose: sni }
  if (typeof sni !== 'object' || sni === null)
    throw invalid('Option tls.sni must be an object or a function.')
  return { certificate, choose: certificateChooser(sni) }
}

/** What stays as it is while the engine runs, and the rest. @throws OPTION_INVALID */
export const splitTlsOptions = (
  options: TlsOptions,
): { clients: { requestCert: boolean; rejectUnauthorized: boolean }; certificates: TlsCertificates } => {
  if (typeof options !== 'object' || options === null) throw invalid('Option tls must be an object.')
  const { requestCert = false, rejectUnauthorized = true, ...certificates } = options
  for (const [name, value] of Object.entries({ requestCert, rejectUnauthorized })) {
    if (typeof value !== 'boolean') throw invalid(`Option tls.${name} must be true or false.`)
  }
  return { clients: { requestCert, rejectUnauthorized }, certificates }
}
