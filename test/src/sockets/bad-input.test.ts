import t from 'tap'
import { newId } from '../../../db/index.ts'
import { DetectionError } from '../../../detection/errors.ts'
import { judge } from '../../../detection/events/judge.ts'
import { JPEG, room } from '../../support/gateway.ts'
import { controlledPool } from '../../support/controlled-pool.ts'
import { makeGif, pngOfSize } from '../../support/make-picture.ts'
import { until } from '../../support/until.ts'

t.test('each kind of bad input gets its code, the socket stays open, and a second candidate continues', async t => {
  const r = await room(t)
  const [bad, good] = [await r.candidate(), await r.candidate()]
  const wideGif = makeGif()
  wideGif.writeUInt16LE(60_000, 6)
  wideGif.writeUInt16LE(60_000, 8)
  const cases: ReadonlyArray<readonly [string, object | string | Uint8Array, string]> = [
    ['garbage bytes', Buffer.from('what is this'), 'INVIGIL_ERR_IMAGE_INVALID'],
    ['nothing', Buffer.alloc(0), 'INVIGIL_ERR_IMAGE_EMPTY'],
    ['a text that is not base64', 'hello, world? no base64!', 'INVIGIL_ERR_FRAME_BASE64'],
    ['base64 of no picture', Buffer.from('no picture').toString('base64'), 'INVIGIL_ERR_IMAGE_INVALID'],
    ['a data URL of text', 'data:text/plain,hello', 'INVIGIL_ERR_IMAGE_INVALID'],
    ['a picture of 2.1 megapixels by its header', await pngOfSize(1449, 1449), 'INVIGIL_ERR_IMAGE_TOO_LARGE'],
    ['a GIF of the same size as base64', wideGif.toString('base64'), 'INVIGIL_ERR_IMAGE_TOO_LARGE'],
    ['broken JSON', '{"type":', 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['an unknown message', { type: 'dance' }, 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['a field too many', { type: 'resume', after: newId(), more: 1 }, 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['an event that only the server judges', { type: 'event', event: 'phone' }, 'INVIGIL_ERR_EVENT_UNKNOWN'],
    ['a cursor that is no id', { type: 'resume', after: 'yesterday' }, 'INVIGIL_ERR_MESSAGE_INVALID'],
    ['a video chunk', Buffer.from([0x49, 0x56, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), 'INVIGIL_ERR_VIDEO_INVALID'],
    [
      'sound without samples',
      Buffer.from([0x49, 0x56, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
      'INVIGIL_ERR_MESSAGE_INVALID'
    ],
    [
      'a screen that is none',
      Buffer.from([0x49, 0x56, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
      'INVIGIL_ERR_SCREEN_INVALID'
    ],
    [
      'an unknown kind',
      Buffer.from([0x49, 0x56, 1, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
      'INVIGIL_ERR_FRAME_KIND_UNSUPPORTED'
    ],
    [
      'a header of the future',
      Buffer.from([0x49, 0x56, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
      'INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED'
    ],
    ['a header cut short', Buffer.from([0x49, 0x56, 1, 1]), 'INVIGIL_ERR_MESSAGE_INVALID']
  ]
  for (const [name, message, code] of cases) {
    bad.send(message)
    t.equal((await bad.next('error'))['code'], code, name)
    good.send(JPEG)
    await good.next('ack')
  }
  bad.send(await pngOfSize(1920, 1080))
  await bad.next('ack')
  t.match(await bad.log('invalid_image'), { stored: true }, 'bytes that are no picture are an event')
  t.equal(r.app.services.live.counters.errors.get('INVIGIL_ERR_IMAGE_INVALID'), 3)
})

t.test('a picture that cannot be decoded, a lost worker and a broken pool are errors of that frame', async t => {
  const pool = controlledPool()
  const r = await room(t, { pool })
  const client = await r.candidate()
  const failures: ReadonlyArray<readonly [unknown, string]> = [
    [new DetectionError('INVIGIL_ERR_IMAGE_INVALID', 'cannot be decoded'), 'INVIGIL_ERR_IMAGE_INVALID'],
    [new DetectionError('INVIGIL_ERR_WORKER_LOST', 'the worker died'), 'INVIGIL_ERR_WORKER_LOST'],
    [new Error('secret words of the inside'), 'INVIGIL_ERR_FRAME_FAILED']
  ]
  for (const [index, [error, code]] of failures.entries()) {
    client.send(JPEG)
    await until(() => pool.jobs.length === index + 1)
    pool.jobs[index]!.fail(error)
    const reply = await client.next('error')
    t.match(reply, { code, seq: index + 1 })
    t.notMatch(reply['message'], /secret/)
  }
  client.send(JPEG)
  await until(() => pool.jobs.length === 4)
  pool.jobs[3]!.answer()
  t.match(await client.next('ack'), { seq: 4, dropped: 3 }, 'the next frame goes its way')
  await client.log('invalid_image')
  t.match(r.app.services.live.counters.frames, { received: 4, analysed: 1, dropped: { invalid: 1, failed: 2 } })
})

t.test('a judge that throws closes its own socket with 1011 and no other', async t => {
  let isBroken = false
  const r = await room(t, {
    live: {
      judge: (state, input, policy) => {
        if (!('type' in input) && isBroken) {
          isBroken = false
          throw new Error('a mistake of ours')
        }
        return judge(state, input, policy)
      }
    }
  })
  const [one, two] = [await r.candidate(), await r.candidate()]
  isBroken = true
  one.send(JPEG)
  t.match(await one.next('error'), { code: 'INVIGIL_ERR_INTERNAL' })
  t.match(await one.closed, { code: 1011 })
  two.send(JPEG)
  await two.next('ack')
})
