import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { metricsAddress } from '../metrics-address.ts'
import type { ServeArguments } from '../serving.ts'
import { durationMs, integer } from '../values.ts'

const EXAMPLES = `
The module exports one of these, by itself or in an object that is its default export:
  export const handler = (req, res) => res.end('Hello')    // nova-http
  export const listener = (req, res) => res.end('Hello')   // node:http; an Express app, a Koa callback
  export const fetch = (request) => new Response('Hello')  // Hono, h3, itty-router

Examples:
  $ nova serve app.mjs
  $ nova serve app.mjs --shards auto --port 8080
  $ nova serve app.mjs --shards auto --metrics 127.0.0.1:9464
  $ nova serve app.mjs --tls-key key.pem --tls-cert cert.pem --port 8443
  $ nova serve app.mjs --host 127.0.0.1 --grace 30s --idle-grace 5s
  $ nova serve app.mjs --unready 3s --grace 20s            # behind a balancer: docs/deployment.md

Signals: SIGTERM and SIGINT drain, a second one ends at once; SIGHUP loads the module, and the
certificate, again without losing a request.
`

const threads = integer('threads', 1, 256)

const shardCount = (text: string): number | 'auto' => {
  if (text === 'auto') return text
  try {
    return threads(text)
  } catch {
    throw new InvalidArgumentError('It must be auto, or a number from 1 to 256.')
  }
}

/** `nova serve`: a module on one core or all of them. */
export const registerServe = (program: Command): void => {
  program
    .command('serve <module>')
    .description('Serve a module: one engine per core, drained and reloaded by signals.')
    .option('-s, --shards <n>', 'threads that serve; auto: one per core', shardCount, 1)
    .option('-p, --port <n>', 'to listen on; 0: a free one', integer('a port', 0, 65_535), 3_000)
    .option('--host <name>', 'the address to bind (default: every address)')
    .addOption(
      new Option(
        '--systemd [name]',
        'the socket that systemd has passed: of this name, or the first',
      ).conflicts(['port', 'host']),
    )
    .option(
      '--proxy-protocol <peers>',
      'every connection begins with a PROXY header, from these: 10.0.0.0/8,fd00::/8',
      (text) => text.split(','),
    )
    .option('--metrics <address>', 'OpenMetrics at /metrics there; a port alone: on loopback', metricsAddress)
    .option('--tls-key <file>', 'serve HTTPS with this key (PEM), and --tls-cert')
    .option('--tls-cert <file>', 'the certificate and its chain (PEM)')
    .option(
      '--unready <time>',
      'to go on when it stops, until balancers have seen that it is not ready',
      durationMs,
      0,
    )
    .option('--grace <time>', 'for requests when it stops', durationMs, 10_000)
    .option('--idle-grace <time>', 'for idle connections to ask once more when it stops', durationMs, 1_000)
    .option(
      '--blocked-after <time>',
      'tell of an event loop that stands still for so long',
      durationMs,
      2_000,
    )
    .option('--replace-after <time>', 'end a shard that stands still for so long; 0: never', durationMs, 0)
    .addHelpText('after', EXAMPLES)
    .action(async (module: string, args: ServeArguments) => {
      const { serve } = await import('../serving.ts')
      await serve(module, args)
    })
}
