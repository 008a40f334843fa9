import type { DrainOptions, DrainReport } from '../engine/server/drain.ts'
import { loadApp } from './app.ts'
import type { ShardCommand, ShardEnd, ShardMessage, ShardTask } from './messages.ts'
import { receiveHandle } from './received-handle.ts'
import { SharedStats } from './shared-stats.ts'

/** How often a shard says that its event loop turns, and what it has counted, ms. */
const PUBLISH_MS = 100

const NOTHING_DONE: DrainReport = { finished: 0, idleClosed: 0, aborted: 0, tookMs: 0 }

/** What the main thread asks for; each may be asked for before this thread gets around to it. */
const commandsOf = (port: ShardTask['port']): { listen: Promise<null>; drain: Promise<DrainOptions> } => {
  let drain: Promise<DrainOptions> | undefined
  const listen = new Promise<null>((resolveListen) => {
    drain = new Promise((resolveDrain) => {
      port.on('message', (command: ShardCommand) => {
        if (command.type === 'listen') resolveListen(null)
        else resolveDrain(command.options)
      })
    })
  })
  return { listen, drain: drain as unknown as Promise<DrainOptions> }
}

const serve = async (task: ShardTask): Promise<DrainReport> => {
  const { port, memory, app, fd, backlog, engine } = task
  const commands = commandsOf(port)
  const tell = (message: ShardMessage): void => port.postMessage(message)
  const [handle, server] = await Promise.all([receiveHandle(fd), loadApp(app, engine)])
  const shared = new SharedStats(memory)
  let isMeasuring = false
  const publish = (): void => {
    if (shared.isMeasured && !isMeasuring) {
      isMeasuring = true
      server.metrics()
    }
    shared.write(server.stats())
  }
  publish()
  const publishing = setInterval(publish, PUBLISH_MS)
  try {
    tell('loaded')
    const isWanted = (await Promise.race([commands.listen, commands.drain])) === null
    if (!isWanted) return NOTHING_DONE
    await server.listen(handle, backlog)
    tell('listening')
    const report = await server.drain(await commands.drain)
    await server.close()
    publish()
    return report
  } finally {
    clearInterval(publishing)
  }
}

/** A shard's life, as one task of its thread: over when it is drained, or when it cannot serve. */
export const serveShard = async (task: ShardTask): Promise<ShardEnd> => {
  try {
    return { report: await serve(task) }
  } catch (error) {
    return { error, code: (error as Partial<NodeJS.ErrnoException> | null)?.code }
  } finally {
    task.port.close()
  }
}
