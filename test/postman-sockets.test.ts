import { readFileSync } from 'node:fs'
import t from 'tap'
import { readCandidate, readMonitor } from '../src/protocol/messages.ts'

interface Folder { readonly name: string, readonly description?: string, readonly item: readonly unknown[] }

const { item: folders } = JSON.parse(readFileSync('postman/Invigil.postman_collection.json', 'utf8')) as {
  readonly item: readonly Folder[]
}
const description = folders.find(({ name }) => name === 'Live over WebSocket')?.description ?? ''
const limits = { messageCharsMax: 16_384, frameBytesMax: 1_000_000 }

/** The messages under a heading. */
function examples (heading: string): string[] {
  const section = description.split(/^#+ /m).find(part => part.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(/```json\n(.*)\n```/g)].map(([, message]) => message!)
}

const typesOf = (messages: readonly string[]): string[] =>
  [...new Set(messages.map(message => (JSON.parse(message) as { readonly type: string }).type))].sort()

t.test('the socket examples of a candidate are accepted by the server and cover every type', async t => {
  const messages = examples('Candidate sends')
  t.same(typesOf(messages), ['calibrate', 'event', 'frame', 'resume'])
  for (const message of messages) {
    const read = readCandidate(Buffer.from(message), false, limits)
    t.equal(read.type, (JSON.parse(message) as { readonly type: string }).type, message)
  }
})

t.test('the socket examples of a monitor are accepted and cover every type', async t => {
  const messages = examples('Monitor sends')
  t.same(typesOf(messages), ['flag', 'message', 'pause', 'resume', 'subscribe', 'terminate', 'unsubscribe', 'warn'])
  for (const message of messages) t.ok(readMonitor(message, limits.messageCharsMax), message)
  t.equal(readMonitor('{"type":"dance"}', limits.messageCharsMax), undefined, 'the reader refuses others')
})

t.test('the addresses are those of the sockets, with variables of the collection', async t => {
  const whole = readFileSync('postman/Invigil.postman_collection.json', 'utf8')
  t.match(description, /\/ws\/{{userId}}\?token=/)
  t.match(description, /\/ws\/monitor\?token=/)
  for (const [, name] of description.matchAll(/{{(\w+)}}/g)) {
    t.ok(whole.includes(`'${name}'`), `${name} is set by a request`)
  }
})
