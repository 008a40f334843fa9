/** Our own fields on Node's requests and responses. Symbols, because own names would show wherever a program enumerates. */

/** The feed of a request's body, null without one. */
export const FEED = Symbol('nova.feed')
/** The exchange a response belongs to; null once its last byte was given to the engine. */
export const EXCHANGE = Symbol('nova.exchange')
export const CONNECTION = Symbol('nova.connection')
/** The 'finish' of a response comes in a tick of its own. */
export const HAS_OWN_TICK = Symbol('nova.hasOwnTick')
