import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isInstalled } from '../clients/commands.ts'

export interface Certificate {
  key: string
  cert: string
}

/** Certificates are made by openssl; without it the tests here are skipped, visibly. */
export const canMakeCertificates = isInstalled('openssl')

/** A self-signed certificate with a key of its own; good for a day. */
export const certificateFor = (...names: string[]): Certificate => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const altNames = [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1'].join(',')
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
      ...['-subj', `/CN=${names[0]}`, '-addext', `subjectAltName=${altNames}`, '-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  )
  const made = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true })
  return made
}

const made = new Map<string, Certificate>()

/** As above, made once in a file of tests. */
export const certificate = (...names: string[]): Certificate => {
  const name = names.join()
  const known = made.get(name) ?? certificateFor(...names)
  made.set(name, known)
  return known
}
