import fc from 'fast-check'
import { type Conversation, Conversations, type Ending } from './conversation.ts'
import { echoOf, steadyHandler, wildHandler } from './handlers.ts'
import { type Message, pipeline } from './message.ts'
import { type Mutation, mutate, mutation } from './mutation.ts'

/** What one run sends and how. */
export interface Trial {
  readonly bytes: string
  /** Lengths of the pieces; what is left is the last one. */
  readonly cuts: readonly number[]
  readonly ending: Ending
  /** Of delays and manners. */
  readonly seed: number
  readonly isTight: boolean
}

const TIGHT = {
  maxPipelined: 2,
  highWaterBytes: 1_024,
  maxFields: 6,
  maxHeadBytes: 256,
  maxTargetBytes: 24,
  maxTrailerBytes: 12,
  maxChunkExtensionBytes: 12,
  maxRequestsPerConnection: 4,
}

const serversFor = (options: object): readonly [Conversations, Conversations] => [
  new Conversations({ ...options, parser: 'simd' }),
  new Conversations({ ...options, parser: 'scalar' }),
]

const ROOMY_SERVERS = serversFor({})
const TIGHT_SERVERS = serversFor(TIGHT)

/** Beyond it, a byte at a time takes too long to be tried each time. */
const MAX_SINGLE_BYTES = 600

const piecesOf = (bytes: string, cuts: readonly number[]): string[] => {
  const pieces: string[] = []
  for (const length of cuts) {
    if (bytes === '') break
    pieces.push(bytes.slice(0, length))
    bytes = bytes.slice(length)
  }
  if (bytes !== '') pieces.push(bytes)
  return pieces
}

/** However the bytes are cut and whichever parser reads them, the same requests get the same answers. */
export const checkSegmentation = async ({
  bytes,
  cuts,
  ending,
  seed,
  isTight,
}: Trial): Promise<Conversation> => {
  const servers = isTight ? TIGHT_SERVERS : ROOMY_SERVERS
  const conversations: Conversation[] = []
  for (const server of servers) {
    const handler = steadyHandler(seed, server.indexOf)
    conversations.push(await server.hold(handler, [bytes], ending, false))
    conversations.push(await server.hold(handler, piecesOf(bytes, cuts), ending, true))
    if (bytes.length <= MAX_SINGLE_BYTES)
      conversations.push(await server.hold(handler, [...bytes], ending, false))
  }
  const [first, ...others] = conversations as [Conversation, ...Conversation[]]
  for (const other of others) {
    if (other.text !== first.text) {
      throw new Error(`Segmentation matters:\n${JSON.stringify(first.text)}\n${JSON.stringify(other.text)}`)
    }
  }
  if (first.isTorn) throw new Error(`An answer is torn: ${JSON.stringify(first.text)}`)
  return first
}

/** Whatever handlers do, answers keep to their requests and nothing is left behind. */
export const checkWildHandlers = async ({ bytes, cuts, ending, seed, isTight }: Trial): Promise<void> => {
  const [server] = isTight ? TIGHT_SERVERS : ROOMY_SERVERS
  await server.hold(wildHandler(seed, server.indexOf), piecesOf(bytes, cuts), ending, (seed & 1) === 1)
}

/** The echoes that a pipeline of valid messages must get. */
const echoesOf = (messages: readonly Message[]): string[] => {
  const last = messages.findIndex(({ isLast }) => isLast)
  return messages
    .slice(0, last < 0 ? messages.length : last + 1)
    .map(({ method, target, body }, i) => echoOf(i, method, target, Buffer.from(body, 'latin1')))
}

const manner = {
  cuts: fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 400 })), {
    maxLength: 12,
  }),
  seed: fc.nat(0xffff),
}
const ending = fc.constantFrom<Ending>('halfClose', 'silence')
const anyEnding = fc.constantFrom<Ending>('halfClose', 'silence', 'reset')

const broken = (seeds: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof(
        pipeline.map((messages) => messages.map(({ bytes }) => bytes).join('')),
        fc.constantFrom(...seeds),
      ),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
    )
    .map(([bytes, changes]: [string, Mutation[]]) => changes.reduce(mutate, bytes))

/** Valid pipelines get exactly the answers they ask for. */
export const validProperty = () =>
  fc.asyncProperty(pipeline, fc.record({ ...manner, ending }), async (messages, how) => {
    const bytes = messages.map((message) => message.bytes).join('')
    const { answers } = await checkSegmentation({ ...how, bytes, isTight: false })
    const echoes = answers.map(({ fields }) => fields['x-echo'])
    const wanted = echoesOf(messages)
    if (echoes.join('\n') !== wanted.join('\n')) {
      throw new Error(`Wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(echoes)}`)
    }
  })

/** Broken streams, grown from valid ones and from the corpus. */
export const trialOf = (seeds: readonly string[]): fc.Arbitrary<Trial> =>
  fc.record({ ...manner, bytes: broken(seeds), ending, isTight: fc.boolean() })

export const wildTrialOf = (seeds: readonly string[]): fc.Arbitrary<Trial> =>
  fc.record({
    ...manner,
    bytes: fc.oneof(
      broken(seeds),
      pipeline.map((messages) => messages.map(({ bytes }) => bytes).join('')),
    ),
    ending: anyEnding,
    isTight: fc.boolean(),
  })
