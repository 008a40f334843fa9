import { REFUSALS, stacklessError } from '../../errors.ts'
import type { Exchange } from '../message/exchange.ts'
import type { Answers } from './answers.ts'
import { earliest } from './body-clock.ts'
import type { Environment } from './environment.ts'
import { refusalText } from './refusals.ts'

/** When the response of `exchange` must be complete, ms on the wheel's clock; 0 for never. */
export const handlerDue = ({ handlerFrom, handlerMs, response }: Exchange): number =>
  handlerMs === 0 || response.ended ? 0 : handlerFrom + handlerMs

/** The earliest handler deadline of `exchange` and those after it, 0 when none has one. */
export const earliestHandlerDue = (exchange: Exchange | null): number => {
  let due = 0
  for (; exchange !== null; exchange = exchange.next) due = earliest(due, handlerDue(exchange))
  return due
}

/**
 * Answers 503 for every handler whose time is over; one whose answer has begun is broken off when its turn to write has
 * come. Their signals abort, and what they still write goes nowhere. Returns whether there were any.
 */
export const expireHandlers = (answers: Answers, now: number, env: Environment): boolean => {
  let hasExpired = false
  for (let exchange = answers.first; exchange !== null; exchange = exchange.next) {
    const due = handlerDue(exchange)
    if (due === 0 || now < due) continue
    const stalledMs = env.stalledAfter(exchange.handlerFrom)
    exchange.handlerFrom += stalledMs
    if (now < due + stalledMs) continue
    hasExpired = true
    env.countTimeout('handler', exchange.host?.remoteAddress ?? '')
    env.countRefusal('HANDLER_TIMEOUT', exchange.host?.remoteAddress ?? '')
    exchange.handlerMs = 0
    const text = refusalText('HANDLER_TIMEOUT', env.lines.dateLine, exchange.isHead)
    if (exchange.cut(stacklessError('HANDLER_TIMEOUT'), REFUSALS.HANDLER_TIMEOUT.status, text)) continue
    exchange.isBroken = true
    if (exchange === answers.writing) answers.isBroken = true
  }
  return hasExpired
}
