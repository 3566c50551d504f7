import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import {
  createAnswerBuffer, type KeptAnswer, type Outcome
} from '../../web/src/candidate/room/answer-buffer.ts'

function setup () {
  const sent: Array<readonly [string, unknown, number]> = []
  const kept = new Map<string, KeptAnswer>()
  const line = { next: [] as Outcome[] }
  const buffer = createAnswerBuffer({
    save: async (questionId, value, clientSeq) => {
      sent.push([questionId, value, clientSeq])
      return line.next.shift() ?? { kind: 'saved', savedAtMs: 1000 + sent.length }
    },
    keep: answer => { kept.set(answer.questionId, answer) },
    onChange: () => {}
  })
  return { buffer, sent, kept, line }
}

const saved = (questionId: string, value: unknown, clientSeq: number) =>
  ({ questionId, value, clientSeq, savedAtMs: 500 })

t.test('a choice is sent at once, and what is typed when the typing pauses', async t => {
  const { buffer, sent } = setup()
  t.teardown(buffer.close)
  buffer.set('one', 'b', false)
  buffer.set('two', 'D', true)
  buffer.set('two', 'Dh', true)
  await delay(50)
  t.same(sent, [['one', 'b', 1]])
  t.match(buffer.view(), { unsaved: 1, savedAtMs: 1001, delay: undefined })
  await buffer.flush()
  t.same(sent, [['one', 'b', 1], ['two', 'Dh', 2]])
  t.equal(buffer.view().unsaved, 0)
})

t.test('what could not be sent is kept on the device, says why, and is sent again at once when the line is back', async t => {
  const { buffer, sent, kept, line } = setup()
  t.teardown(buffer.close)
  line.next = [{ kind: 'later', why: 'line' }]
  buffer.set('one', 'b', false)
  await buffer.flush()
  t.match(buffer.view(), { unsaved: 1, delay: 'line' })
  t.match(kept.get('one'), { value: 'b', clientSeq: 1, savedSeq: 0 })
  buffer.sendNow()
  await delay(50)
  t.same(sent, [['one', 'b', 1], ['one', 'b', 1]], 'under the same number')
  t.match(buffer.view(), { unsaved: 0, delay: undefined })
  t.match(kept.get('one'), { savedSeq: 1 })
})

t.test('a change made while the one before is on its way is sent after it', async t => {
  const { buffer, sent } = setup()
  t.teardown(buffer.close)
  buffer.set('one', 'a', false)
  const flushed = buffer.flush()
  buffer.set('one', 'b', false)
  await flushed
  await buffer.flush()
  t.same(sent, [['one', 'a', 1], ['one', 'b', 2]])
  t.equal(buffer.view().unsaved, 0)
})

t.test('a page that was reloaded sends what the one before could not', async t => {
  const { buffer, sent } = setup()
  t.teardown(buffer.close)
  const kept = (questionId: string, value: unknown, clientSeq: number, savedSeq: number): KeptAnswer =>
    ({ questionId, value, clientSeq, savedSeq, savedAtMs: undefined, understood: undefined })
  buffer.load(
    [saved('sent', 'old', 2), saved('same', 'x', 4), saved('clean', 'server', 9)],
    [kept('sent', 'new', 3, 2), kept('same', 'x', 4, 3), kept('clean', 'mine', 1, 1), kept('unknown', 'y', 1, 0)]
  )
  await buffer.flush()
  t.same(sent, [['sent', 'new', 3], ['unknown', 'y', 1]])
  t.equal(buffer.view().answers.get('clean')?.value, 'server')
  t.equal(buffer.view().unsaved, 0)
})

t.test('of two windows neither overwrites the other silently', async t => {
  for (const which of ['mine', 'theirs'] as const) {
    const { buffer, sent, line } = setup()
    t.teardown(buffer.close)
    line.next = [{ kind: 'conflict', value: 'c', clientSeq: 7 }]
    buffer.set('one', 'b', false)
    await buffer.flush()
    t.match(buffer.view().answers.get('one'), { value: 'b', conflict: { value: 'c', clientSeq: 7 } })
    await buffer.flush()
    t.equal(sent.length, 1, 'it waits for the choice')
    buffer.settle('one', which)
    await buffer.flush()
    t.same(sent.slice(1), which === 'mine' ? [['one', 'b', 8]] : [])
    t.match(buffer.view().answers.get('one'), { value: which === 'mine' ? 'b' : 'c', conflict: undefined })
    t.equal(buffer.view().unsaved, 0)
  }
})

t.test('a refused answer says why and is not sent again until it is changed; the end of the attempt ends sending', async t => {
  const { buffer, sent, line } = setup()
  t.teardown(buffer.close)
  line.next = [{ kind: 'refused', message: 'Write 3142 or 3.142.' }]
  buffer.set('one', '3,142', true)
  await buffer.flush()
  buffer.sendNow()
  await delay(20)
  t.equal(sent.length, 1)
  t.match(buffer.view().answers.get('one'), { refusal: 'Write 3142 or 3.142.' })
  buffer.set('one', '3.142', true)
  t.equal(buffer.view().answers.get('one')?.refusal, undefined)
  line.next = [{ kind: 'over' }]
  await buffer.flush()
  t.equal(buffer.view().isOver, true)
  buffer.set('one', '4', true)
  await buffer.flush()
  t.equal(sent.length, 2)
})
