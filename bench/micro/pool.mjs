import { bench, do_not_optimize, summary } from 'mitata'
import { Exchange } from '../../dist/engine/message/exchange.js'
import { FreeList } from '../../dist/pool/free-list.js'

/** As many as 64 connections have in flight when each of them pipelines 16. */
const IN_FLIGHT = 1_024

const create = () => new Exchange()

/** Objects live as long as a request does: `count` of them are always out. */
for (const count of [1, IN_FLIGHT]) {
  summary(() => {
    bench(`exchange, ${count} in flight: pool`, function* () {
      const pool = new FreeList({ create, capacity: IN_FLIGHT })
      const out = Array.from({ length: count }, () => pool.acquire())
      let at = 0
      yield () => {
        const done = /** @type {Exchange} */ (out[at])
        done.reset()
        pool.release(done)
        out[at] = pool.acquire()
        at = (at + 1) % count
        do_not_optimize(out)
      }
    }).baseline(true)
    bench(`exchange, ${count} in flight: new`, function* () {
      const out = Array.from({ length: count }, create)
      let at = 0
      yield () => {
        out[at] = create()
        at = (at + 1) % count
        do_not_optimize(out)
      }
    })
  })
}
