import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import t from 'tap'
import type { Channels } from '../../../detection/audio/channels.ts'
import { decodeChannels } from '../../../detection/audio/decode.ts'
import {
  createSoundDecoders, type SoundDecoders, type SoundDecodersOptions
} from '../../../detection/audio/decoders.ts'
import { makeEmptyBlocks, makeHugeFragment, makeHugeTable } from '../../support/hostile-sound.ts'
import { makeEncoded, makeWav } from '../../support/make-sound.ts'

type Test = Pick<typeof t, 'teardown' | 'testdir'>

const MINUTE = { durationMsMax: 60_000 }
const SOUND = Uint8Array.of(1, 2, 3)

function create (t: Test, options: SoundDecodersOptions = {}): SoundDecoders {
  const decoders = createSoundDecoders(options)
  t.teardown(async () => { await decoders.close() })
  return decoders
}

/** Decoders whose processes run this line of code for each sound. */
function pretend (t: Test, onJob: string, options: SoundDecodersOptions = {}): SoundDecoders {
  const folder = t.testdir({
    'child.mjs': `process.once('message', job => { ${onJob} })\nprocess.send({ type: 'ready' })\n`
  })
  return create(t, { url: pathToFileURL(join(folder, 'child.mjs')), ...options })
}

const GIVE = "process.send({ type: 'piece', channels: [Float32Array.from(job.bytes)] }); process.send({ type: 'done' })"

t.test('a sound is decoded as it would be here', async t => {
  const tone = Float32Array.from({ length: 48_000 * 12 }, (_, index) => 0.5 * Math.sin(index / 10))
  const decoders = create(t)
  for (const bytes of [
    makeWav([tone.subarray(0, 200_000)], { rate: 44_100 }),
    await makeEncoded('aac in mp4', tone),
    await makeEncoded('opus in ogg', tone)
  ]) {
    const here: Channels[] = []
    for await (const piece of decodeChannels(bytes, MINUTE)) here.push(piece)
    t.same(await decoders.decode(bytes, MINUTE), here)
    t.ok(bytes.length > 0, 'the bytes are still the caller\'s')
  }
})

t.test('its refusals come back with their codes', async t => {
  const decoders = create(t)
  await t.rejects(decoders.decode(SOUND, MINUTE), { name: 'DetectionError', code: 'INVIGIL_ERR_MEDIA_UNSUPPORTED' })
  await t.rejects(decoders.decode(makeWav([new Float32Array(16_000)]), { durationMsMax: 500 }), {
    code: 'INVIGIL_ERR_MEDIA_TOO_LONG'
  })
})

t.test('files that claim more than they hold are refused, and nothing else happens', async t => {
  const decoders = create(t)
  for (const bytes of [makeHugeTable(), makeHugeFragment(), makeEmptyBlocks(20_000)]) {
    await t.rejects(decoders.decode(bytes, MINUTE), { code: 'INVIGIL_ERR_MEDIA_INVALID' }, `${bytes.length} bytes`)
  }
})

t.test('packets without a sample, and more packets than sound needs, are refused', async t => {
  const decode = async (bytes: Uint8Array, durationMsMax: number): Promise<void> => {
    const pieces = decodeChannels(bytes, { durationMsMax })
    while ((await pieces.next()).done !== true);
  }
  await t.rejects(decode(makeEmptyBlocks(1001), 60_000), {
    code: 'INVIGIL_ERR_MEDIA_INVALID',
    message: /1000 packets without/
  })
  await t.rejects(decode(makeEmptyBlocks(201), 100), {
    code: 'INVIGIL_ERR_MEDIA_INVALID',
    message: /more than 200 packets/
  })
  await t.rejects(decode(makeEmptyBlocks(200), 100), { code: 'INVIGIL_ERR_MEDIA_INVALID', message: /no sound samples/ })
})

t.test('no more samples come out than the limit has, even of one long packet', async t => {
  let samples = 0
  const decoding = (async () => {
    for await (const piece of decodeChannels(makeWav([new Float32Array(8000)], { rate: 4000 }), {
      durationMsMax: 1000
    })) { samples += piece[0]!.length }
  })()
  await t.rejects(decoding, { code: 'INVIGIL_ERR_MEDIA_TOO_LONG' })
  t.ok(samples <= 16_000, `${samples}`)
})

t.test('a process that hangs or dies with the sound is the sound\'s fault; the next one decodes again', async t => {
  const cases = { hangs: 'for (;;);', crashes: 'process.abort()', leaves: 'process.exit()' }
  for (const [name, onJob] of Object.entries(cases)) {
    const decoders = pretend(t, `if (job.bytes[0] === 1) { ${onJob} } ${GIVE}`, { decodeMsMax: 500, atOnceMax: 1 })
    await t.rejects(decoders.decode(SOUND, MINUTE), { code: 'INVIGIL_ERR_MEDIA_INVALID' }, name)
    t.same(await decoders.decode(Uint8Array.of(2), MINUTE), [[Float32Array.of(2)]], name)
  }
})

t.test('a process that never gets ready is ours', async t => {
  const folder = t.testdir({
    'broken.mjs': 'throw new Error("no codecs here")',
    'slow.mjs': 'setInterval(() => {}, 1000)'
  })
  const broken = create(t, { url: pathToFileURL(join(folder, 'broken.mjs')) })
  await t.rejects(broken.decode(SOUND, MINUTE), { code: 'INVIGIL_ERR_WORKER_LOST', message: /no codecs here/ })
  const slow = create(t, { url: pathToFileURL(join(folder, 'slow.mjs')), startMsMax: 200 })
  await t.rejects(slow.decode(SOUND, MINUTE), { code: 'INVIGIL_ERR_WORKER_LOST' })
})

t.test('so many run, so many wait, and more are refused at once', async t => {
  const decoders = pretend(t, `setTimeout(() => { ${GIVE} }, 300)`, { atOnceMax: 2, waitingMax: 3 })
  const results = await Promise.allSettled(
    Array.from({ length: 7 }, (_, index) => decoders.decode(Uint8Array.of(index), MINUTE))
  )
  t.same(
    results.map(({ status }) => status),
    [...Array(5).fill('fulfilled'), 'rejected', 'rejected']
  )
  t.match(results[5], { reason: { code: 'INVIGIL_ERR_OVERLOADED' } })
  t.same(await decoders.decode(Uint8Array.of(9), MINUTE), [[Float32Array.of(9)]], 'places become free again')
})

t.test('closing ends what runs and refuses what waits', async t => {
  const decoders = pretend(t, 'for (;;);', { atOnceMax: 1 })
  const results = Promise.allSettled([decoders.decode(SOUND, MINUTE), decoders.decode(SOUND, MINUTE)])
  await decoders.close()
  t.same((await results).map(({ status }) => status), ['rejected', 'rejected'])
  await t.rejects(decoders.decode(SOUND, MINUTE), { code: 'INVIGIL_ERR_WORKER_LOST' })
})
