import process from 'node:process'

// systemd starts the process with LISTEN_PID set; a parent cannot know the id of a child before it exists.
const { LISTEN_FOR = 'self' } = process.env
process.env['LISTEN_PID'] = LISTEN_FOR === 'self' ? String(process.pid) : LISTEN_FOR

const { createEngine, systemdSockets } = await import('nova-http')
const engine = createEngine({}, (_req, res) => res.end(JSON.stringify(systemdSockets())))
try {
  const wanted = process.env['WANTED']
  await engine.listen({ systemd: wanted === undefined ? true : wanted })
  process.send?.({ address: engine.address })
} catch (error) {
  process.send?.({ code: /** @type {{ code: string }} */ (error).code, message: String(error) })
}
process.once('disconnect', () => engine.drain({ graceMs: 0 }))
