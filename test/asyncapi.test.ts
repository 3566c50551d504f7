import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import {
  CANDIDATE_REPLIES, MONITOR_REPLIES, PAGE_EVENT_KINDS, readCandidate, readMonitor
} from '../src/protocol/messages.ts'
import { VERSION } from '../src/package-info.ts'

interface Ref { readonly $ref: string }
interface Message {
  readonly name: string
  readonly summary: string
  readonly payload: {
    readonly type: string
    readonly required?: readonly string[]
    readonly properties?: Readonly<Record<string, Record<string, unknown>>>
  }
  readonly examples?: ReadonlyArray<{ readonly payload: Readonly<Record<string, unknown>> }>
}
interface Document {
  readonly asyncapi: string
  readonly info: { readonly version: string }
  readonly channels: Readonly<
    Record<string, { readonly address: string, readonly messages: Readonly<Record<string, Ref>> }>
  >
  readonly operations: Readonly<
    Record<string, { readonly action: 'send' | 'receive', readonly channel: Ref, readonly messages: readonly Ref[] }>
  >
  readonly components: { readonly messages: Readonly<Record<string, Message>> }
}

const document = parse(readFileSync('docs/asyncapi.yaml', 'utf8')) as Document
const { messages } = document.components

/** Resolves a reference within the document. */
function at (reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document)
}

/** The message types of an operation. */
const names = (operation: string): string[] =>
  (document.operations[operation]?.messages ?? [])
    .map(({ $ref }) => (at((at($ref) as Ref).$ref) as Message).name)
    .sort()

const limits = { messageCharsMax: 16_384, frameBytesMax: 1_000_000 }
const parseCandidate = (message: object) => readCandidate(Buffer.from(JSON.stringify(message)), false, limits)

t.test('the document is AsyncAPI 3, and all its references resolve', async t => {
  t.match(document, { asyncapi: '3.0.0', info: { version: VERSION } })
  const references: string[] = []
  JSON.stringify(document, (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string') references.push(value)
    return value
  })
  t.ok(references.length > 50)
  for (const reference of new Set(references)) t.not(at(reference), undefined, reference)
  for (const { action, channel, messages } of Object.values(document.operations)) {
    t.match(action, /^(send|receive)$/)
    for (const { $ref } of messages) t.ok($ref.startsWith(`${channel.$ref}/messages/`))
  }
  const kinds = new Set(
    Object.values(document.channels).flatMap(channel =>
      Object.values(channel.messages).map(({ $ref }) => $ref.split('/').at(-1))
    )
  )
  t.same([...kinds].sort(), Object.keys(messages).sort(), 'no message is left over')
})

t.test('it names exactly the messages that there are', async t => {
  for (const operation of ['candidateHears', 'candidateBySessionHears']) {
    t.same(names(operation), [...CANDIDATE_REPLIES].sort())
  }
  t.same(names('monitorHears'), [...MONITOR_REPLIES].sort())
  for (const operation of ['candidateSends', 'candidateBySessionSends']) {
    t.same(names(operation), [
      'break', 'calibrate', 'chunk', 'event', 'frame', 'hand', 'message', 'picture', 'received', 'resume', 'screen', 'seen'
    ])
  }
  t.same(document.channels['candidate']?.address, '/ws/{userId}')
  t.same((messages['candidateSendsEvent']?.payload.properties?.['event'] as { enum: string[] }).enum, PAGE_EVENT_KINDS)
})

t.test('the server accepts the examples of client messages, and refuses them with a field missing or added', async t => {
  for (const [key, { examples = [], payload }] of Object.entries(messages)) {
    for (const { payload: example } of examples) {
      t.same(
        Object.keys(example).filter(name => payload.properties?.[name] === undefined),
        [],
        `${key} describes all of its example`
      )
      t.same(
        (payload.required ?? []).filter(name => !(name in example)),
        [],
        `${key} has what it must`
      )
      if (!key.includes('Sends')) continue
      const isUnderstood = (message: object) =>
        key.startsWith('candidate')
          ? parseCandidate(message).type !== 'error'
          : readMonitor(JSON.stringify(message), limits.messageCharsMax) !== undefined
      t.ok(isUnderstood(example), `${key} is understood`)
      t.notOk(isUnderstood({ ...example, odd: 1 }), `${key} with a field too many is not`)
      for (const name of payload.required ?? []) {
        t.notOk(
          isUnderstood(Object.fromEntries(Object.entries(example).filter(([field]) => field !== name))),
          `${key} without ${name} is not`
        )
      }
      for (const name of Object.keys(payload.properties ?? {})) {
        if (!(payload.required ?? []).includes(name)) {
          t.ok(
            isUnderstood(Object.fromEntries(Object.entries(example).filter(([field]) => field !== name))),
            `${key} without ${name} is`
          )
        }
      }
    }
    if (payload.type === 'object') t.ok(examples.length > 0, `${key} has an example`)
  }
})

t.test('every message of a monitor that the server understands is described', async t => {
  const described = new Set(names('monitorSends'))
  const types = [
    'subscribe', 'unsubscribe', 'warn', 'message', 'pause', 'resume', 'terminate', 'flag', 'looking', 'seen', 'hand',
    'break', 'acknowledge'
  ]
  for (const type of types) t.ok(described.has(type), type)
  t.equal(described.size, types.length)
})
