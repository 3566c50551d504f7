import t from 'tap'
import { ScoreSaver } from '../../../../src/live/session/score-saver.ts'

/** A database whose writes complete when the test says so. */
function play () {
  const written: number[] = []
  const ends: Array<(error?: Error) => void> = []
  const scores = { now: 1 }
  const saver = new ScoreSaver(
    async () => {
      const score = scores.now
      await new Promise<void>((resolve, reject) => {
        ends.push(error => (error === undefined ? resolve() : reject(error)))
      })
      written.push(score)
    },
    () => 7
  )
  const end = async (error?: Error): Promise<void> => {
    while (ends.length === 0) await new Promise(resolve => setImmediate(resolve))
    ends.shift()!(error)
    await new Promise(resolve => setImmediate(resolve))
  }
  return { saver, scores, written, end }
}

t.test('a save requested during another writes the state after it', async t => {
  const { saver, scores, written, end } = play()
  saver.markDirty()
  const first = saver.save()
  await new Promise(resolve => setImmediate(resolve))
  scores.now = 2
  saver.markDirty()
  const more = [saver.save(), saver.save()]
  t.notOk(saver.isDirty, 'the ticker asks for no third one')
  await end()
  await first
  t.same(written, [1])
  await end()
  await Promise.all(more)
  t.same([written, saver.isDirty, saver.savedAtMs], [[1, 2], false, 7], 'once for both')
})

t.test('a failed save is due again, and the save that waits for it is written', async t => {
  const { saver, written, end } = play()
  const first = saver.save()
  await new Promise(resolve => setImmediate(resolve))
  const second = saver.save()
  const refused = t.rejects(first, { message: 'away' })
  await end(new Error('away'))
  await refused
  await end()
  await second
  t.same(written, [1])
  const refusedAgain = t.rejects(saver.save(), { message: 'away' })
  await end(new Error('away'))
  await refusedAgain
  t.ok(saver.isDirty)
})
