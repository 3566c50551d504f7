import t from 'tap'
import type { JudgeInput } from '../../../../detection/events/judge.ts'
import { createCounters } from '../../../../src/counters.ts'
import { LIMITS } from '../../../../src/limits.ts'
import type { CandidateConnection } from '../../../../src/live/session/candidate-connection.ts'
import { ScreenInput } from '../../../../src/live/session/screen-input.ts'
import type { OpenPart } from '../../../../src/recording/journal.ts'
import { ScreenRecording } from '../../../../src/recording/screen-recording.ts'

const KEY = Uint8Array.from([0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01, 9])
const DELTA = Uint8Array.from([0x11, 0, 0, 9])

/** An input whose recording is kept as text. */
function openInput (options: { readonly isAllowed?: boolean } = {}) {
  const clock = { ms: 1_000_000 }
  const written: string[] = []
  const judged: JudgeInput[] = []
  const sent: string[] = []
  const counters = createCounters()
  const state = { isActive: true, stoppedSinceMs: undefined as number | undefined }
  const part: OpenPart = { media: kind => { written.push(kind) }, sound () {}, end: () => { written.push('end') } }
  const recording = new ScreenRecording({ id: 's', userId: 'u', examId: null }, {
    beginPart: ({ source }) => {
      written.push(`begin ${source}`)
      return part
    }
  })
  const input = new ScreenInput({
    recording: options.isAllowed === false ? undefined : recording,
    isActive: () => state.isActive,
    judge: input => judged.push(input),
    stoppedSinceMs: () => state.stoppedSinceMs
  }, { counters, limits: LIMITS, now: () => clock.ms, elapsedMs: () => clock.ms })
  const connect = (): CandidateConnection => ({
    language: 'en',
    received: 0,
    dropped: 0,
    send: message => sent.push(message.type) > 0,
    refuse: ({ code }) => { sent.push(code) },
    show: () => {},
    fail: () => {},
    replace: () => {},
    end: () => {},
    reconnect: () => {}
  })
  const offer = (sender: CandidateConnection, isKey: boolean, about: { bytes?: Uint8Array, atMs?: number } = {}) => {
    clock.ms += 1000
    input.offer(sender, {
      type: 'screen', codec: 'vp8', isKey, bytes: about.bytes ?? (isKey ? KEY : DELTA), capturedAtMs: about.atMs ?? clock.ms
    })
  }
  return { input, clock, written, judged, sent, counters: counters.screen, state, recording, connect, offer }
}

t.test('frames are recorded from a key frame on, in a part for each connection', async t => {
  const { input, written, sent, counters, connect, offer } = openInput()
  t.same(input.rate, { fps: 1, width: 1280 })
  const [first, second] = [connect(), connect()]
  offer(first, false)
  offer(first, true)
  offer(first, false)
  offer(second, false)
  offer(second, true)
  t.same(written, ['begin screen', 'key', 'video', 'end', 'begin screen', 'key'])
  t.same(sent, ['keyframe', 'keyframe'])
  t.match(counters, { received: 5, recorded: 3, dropped: { gap: 2 } })
  input.end()
  offer(second, false)
  t.match(counters.dropped, { failed: 1 })
})

t.test('without policy or consent each frame is refused with a code', async t => {
  const { input, written, sent, counters, connect, offer } = openInput({ isAllowed: false })
  t.equal(input.rate, undefined)
  const sender = connect()
  offer(sender, true)
  offer(sender, true)
  t.same(sent, ['INVIGIL_ERR_SCREEN_UNWANTED', 'INVIGIL_ERR_SCREEN_UNWANTED'])
  t.same(written, [])
  t.match(counters, { received: 2, recorded: 0, dropped: { unwanted: 2 } })
})

t.test('frames too fast, too many bytes, stale, in a pause: each is dropped by its cause and breaks what follows', async t => {
  const { input, clock, sent, counters, state, connect, offer } = openInput()
  const sender = connect()
  const chunk = { type: 'screen', codec: 'vp8', isKey: true, bytes: KEY, capturedAtMs: clock.ms } as const
  for (let count = 0; count < 12; count++) input.offer(sender, chunk)
  t.match(counters, { recorded: LIMITS.screenBurst, dropped: { fast: 12 - LIMITS.screenBurst } })
  t.same(sent, ['keyframe'], 'at most one a second')
  clock.ms += 60_000
  offer(sender, true)
  offer(sender, false, { atMs: clock.ms - 3000 })
  offer(sender, false)
  t.match(counters.dropped, { stale: 1, gap: 1 })
  const large = new Uint8Array(1_500_000)
  large.set(KEY)
  offer(sender, true, { bytes: large })
  offer(sender, true, { bytes: large })
  t.match(counters, { recorded: LIMITS.screenBurst + 2, dropped: { fast: 12 - LIMITS.screenBurst + 1 } })
  state.isActive = false
  input.reset()
  offer(sender, true)
  t.match(counters.dropped, { paused: 1 })
})

t.test('a page that sends nothing and says nothing is reported, and frames end that', async t => {
  const { input, clock, judged, state, connect, offer } = openInput()
  input.tick(clock.ms + 60_000)
  t.same(judged, [], 'nothing is expected before a connection')
  input.expect(clock.ms)
  const sinceMs = clock.ms
  input.tick(clock.ms + 19_000)
  t.same(judged, [])
  input.tick(clock.ms + 20_000)
  t.match(judged, [{ kind: 'screen_share_stopped', atMs: sinceMs, detail: { phase: 'start', reason: 'silent' } }])
  state.stoppedSinceMs = sinceMs
  input.tick(clock.ms + 60_000)
  t.equal(judged.length, 1)
  const sender = connect()
  offer(sender, true)
  t.equal(judged.length, 1, 'frames that were on their way end nothing')
  clock.ms += 5000
  offer(sender, false)
  t.match(judged[1], { kind: 'screen_share_stopped', detail: { phase: 'end', reason: 'picture' } })
  state.stoppedSinceMs = undefined
  input.disconnected()
  input.tick(clock.ms + 60_000)
  t.equal(judged.length, 2, 'without a connection the lost line is reported')
})
