import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { durationMs } from '../../src/cli/values.ts'
import { OPTION_TABLE } from '../../src/options.ts'
import { ROOT } from '../package/packed.ts'
import { Program } from '../package/program.ts'
import { argumentsOnPage, fileOnPage } from './deployment-page.ts'

interface Probe {
  httpGet: { path: string; port: string }
}
interface Container {
  args: string[]
  ports: { name: string; containerPort: number }[]
  readinessProbe: Probe
  livenessProbe: Probe
  lifecycle: { preStop: { exec: { command: string[] } } }
}
interface Deployment {
  kind: 'Deployment'
  spec: {
    selector: { matchLabels: Record<string, string> }
    template: {
      metadata: { labels: Record<string, string> }
      spec: { terminationGracePeriodSeconds: number; containers: Container[] }
    }
  }
}
interface Service {
  kind: 'Service'
  spec: { selector: Record<string, string>; ports: { targetPort: string }[] }
}

const manifests = (): { deployment: Deployment; service: Service; container: Container } => {
  const documents = parseAllDocuments(fileOnPage('app.yaml'), { strict: true })
  expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
  const all = documents.map((document) => document.toJS() as Deployment | Service)
  const deployment = all.find(
    (manifest): manifest is Deployment => manifest.kind === 'Deployment',
  ) as Deployment
  const service = all.find((manifest): manifest is Service => manifest.kind === 'Service') as Service
  return { deployment, service, container: deployment.spec.template.spec.containers[0] as Container }
}

/** The value of an option of `nova`, ms. */
const msOf = (args: readonly string[], name: string): number => durationMs(args[args.indexOf(name) + 1] ?? '')

/** The time that HAProxy's configuration gives behind `name`, ms. */
const haproxyMs = (name: string): number =>
  durationMs(new RegExp(`\\b${name} (\\d+m?s)\\b`).exec(fileOnPage('haproxy.cfg'))?.[1] ?? '')

const startOnPage = async (args: readonly string[]): Promise<{ nova: Program; origin: string }> => {
  const folder = mkdtempSync(join(tmpdir(), 'nova-http-page-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const app = join(folder, 'app.mjs')
  writeFileSync(app, fileOnPage('app.mjs'))
  const here = args.map((arg) => ({ 'app.mjs': app, 3000: '0' })[arg] ?? arg)
  const nova = new Program(join(ROOT, 'dist/cli.js'), {}, [...here, '--host', '127.0.0.1'])
  const [origin = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(await nova.line()) ?? []
  return { nova, origin }
}

test('the application of the page is alive and ready; from SIGTERM on it is not ready, and serves on', async () => {
  const { container } = manifests()
  const { readinessProbe, livenessProbe, args } = container
  const { nova, origin } = await startOnPage(args)
  // Each on a connection of its own, as probes and balancers ask.
  const status = async (path: string): Promise<number> =>
    (await fetch(`${origin}${path}`, { headers: { connection: 'close' } })).status
  const paths = [readinessProbe.httpGet.path, livenessProbe.httpGet.path, '/']
  expect(await Promise.all(paths.map(status))).toEqual([200, 200, 200])
  nova.signal('SIGTERM')
  expect(await nova.line()).toMatch(/^Draining/)
  await expect.poll(() => status(paths[0] as string)).toBe(503)
  expect(await Promise.all(paths.slice(1).map(status))).toEqual([200, 200])
  nova.signal('SIGTERM')
  expect(await nova.exitCode).toBe(5)
})

test('HAProxy has looked away before the port closes, and gives up idle connections before the engine does', async () => {
  const args = argumentsOnPage()
  const config = fileOnPage('haproxy.cfg')
  const fall = Number(/\bfall (\d+)/.exec(config)?.[1])
  const checkedInMs = haproxyMs('inter')
  // An answer may take as long as the pause before the next check.
  expect(checkedInMs + (fall - 1) * haproxyMs('fastinter') + checkedInMs).toBeLessThan(
    msOf(args, '--unready'),
  )
  const idleTimeoutMs = Number(
    /idleTimeoutMs: ([\d_]+)/.exec(fileOnPage('app.mjs'))?.[1]?.replaceAll('_', ''),
  )
  expect(idleTimeoutMs).toBeGreaterThan(20 * haproxyMs('pool-purge-delay'))
  expect(idleTimeoutMs).toBeGreaterThan(haproxyMs('timeout client'))
  const { container } = manifests()
  expect(config).toContain(`option httpchk GET ${container.readinessProbe.httpGet.path}\n`)
  expect(container.args).toEqual(args.map(String))
})

test('the names in the manifests agree', () => {
  const { deployment, service, container } = manifests()
  const { selector, template } = deployment.spec
  expect(template.metadata.labels).toMatchObject(selector.matchLabels)
  expect(template.metadata.labels).toMatchObject(service.spec.selector)
  const [port] = container.ports
  expect(String(port?.containerPort)).toBe(container.args[container.args.indexOf('--port') + 1])
  const { readinessProbe, livenessProbe } = container
  const named = [service.spec.ports[0]?.targetPort, readinessProbe.httpGet.port, livenessProbe.httpGet.port]
  expect(named).toEqual([port?.name, port?.name, port?.name])
})

test('Kubernetes waits for longer than all that happens before the process ends', () => {
  const { deployment, container } = manifests()
  const { args, lifecycle } = container
  const [command, seconds] = lifecycle.preStop.exec.command
  expect(command).toBe('sleep')
  const stopMs =
    Number(seconds) * 1_000 +
    msOf(args, '--unready') +
    msOf(args, '--grace') +
    OPTION_TABLE.lingerTimeoutMs.default
  expect(deployment.spec.template.spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(stopMs)
})

test('systemd waits for longer than a drain takes', () => {
  const stopMs = durationMs(
    /^TimeoutStopSec=(\d+)$/m.exec(fileOnPage('/etc/systemd/system/app.service'))?.[1] ?? '',
  )
  const args = argumentsOnPage()
  expect(stopMs).toBeGreaterThan(msOf(args, '--unready') + msOf(args, '--grace'))
})
