import t from 'tap'
import { browserProblems, lineVerdict, nextStep, placeHint, previousStep, stepOf } from '../../web/src/candidate/check/check-steps.ts'
import { roomStatus } from '../../web/src/candidate/room/room-status.ts'
import { saveOutcome } from '../../web/src/candidate/room/save-outcome.ts'
import { splitThread, threadLines } from '../../web/src/candidate/room/thread.ts'
import { ApiError } from '../../web/src/api/errors.ts'

t.test('the steps of the check, from any address', async t => {
  t.same([stepOf('line'), stepOf('nonsense'), stepOf(undefined)], ['line', 'browser', 'browser'])
  t.same([nextStep('browser'), nextStep('ready'), previousStep('browser'), previousStep('ready')],
    ['camera', 'ready', undefined, 'face'])
})

t.test('one hint at a time says what to change', async t => {
  const at = (x: number, width: number, height: number) => ({ box: [x, 100, width, height] })
  const place = { width: 640, height: 480, quality: { brightness: 0.5 }, kinds: [] as string[] }
  t.equal(placeHint({ ...place, faces: [at(220, 200, 240)] }), 'good')
  t.equal(placeHint({ ...place, faces: [] }), 'noFace')
  t.equal(placeHint({ ...place, faces: [at(220, 200, 240), at(10, 50, 60)] }), 'manyFaces')
  t.equal(placeHint({ ...place, faces: [at(280, 80, 90)] }), 'nearer')
  t.equal(placeHint({ ...place, faces: [at(100, 440, 450)] }), 'farther')
  t.equal(placeHint({ ...place, faces: [at(0, 200, 240)] }), 'middle')
  t.equal(placeHint({ ...place, faces: [], kinds: ['too_dark'] }), 'dark')
  t.equal(placeHint({ ...place, faces: [], quality: { brightness: 0.97 } }), 'bright')
})

t.test('a line is good, saves data, or is too slow; a browser says what it lacks', async t => {
  t.same([lineVerdict(400_000, 2000), lineVerdict(100_000, 5000), lineVerdict(30_000, 10_000)], ['good', 'saves', 'slow'])
  const able = { isSecure: true, hasCamera: true, hasSockets: true, hasStore: true, hasSound: true }
  t.same(browserProblems(able), [])
  t.same(browserProblems({ ...able, isSecure: false, hasCamera: false }), ['insecure'], 'the cause alone')
  t.same(browserProblems({ ...able, hasStore: false, hasSound: false }), ['noStore', 'noSound'])
})

t.test('the status line says what matters most', async t => {
  const well = {
    link: 'open', closeCode: undefined, state: 'active', camera: 'on', microphone: 'on', savesData: false
  } as const
  const saved = { delay: undefined }
  t.equal(roomStatus(well, saved), 'well')
  t.equal(roomStatus({ ...well, savesData: true }, saved), 'savesData')
  t.equal(roomStatus({ ...well, camera: 'gone', microphone: 'gone' }, saved), 'cameraGone')
  t.equal(roomStatus({ ...well, microphone: 'refused' }, saved), 'microphoneGone')
  t.equal(roomStatus({ ...well, state: 'paused', camera: 'gone' }, saved), 'paused')
  t.equal(roomStatus({ ...well, link: 'waiting' }, saved), 'lineLost')
  t.equal(roomStatus(well, { delay: 'line' }), 'lineLost')
  t.equal(roomStatus(well, { delay: 'unseen' }), 'unseen')
  t.equal(roomStatus({ ...well, link: 'refused', closeCode: 4409 }, { delay: 'line' }), 'elsewhere')
  t.equal(roomStatus({ ...well, link: 'refused', closeCode: 4401 }, saved), 'login')
})

t.test('what a refused save means', async t => {
  const refused = (status: number, code: string, details = {}) => saveOutcome(new ApiError(status, code, 'words', details), 'b')
  t.same(saveOutcome(new TypeError('Failed to fetch'), 'b'), { kind: 'later', why: 'line' })
  t.same(refused(409, 'INVIGIL_ERR_NOT_SEEN'), { kind: 'later', why: 'unseen' })
  t.same(refused(409, 'INVIGIL_ERR_SESSION_PAUSED'), { kind: 'later', why: 'paused' })
  t.same(refused(503, 'INVIGIL_ERR_DATABASE'), { kind: 'later', why: 'line' })
  t.same(refused(401, 'INVIGIL_ERR_TOKEN_EXPIRED'), { kind: 'later', why: 'login' })
  t.same(refused(422, 'INVIGIL_ERR_NUMBER_AMBIGUOUS'), { kind: 'refused', message: 'words' })
  t.same(refused(409, 'INVIGIL_ERR_ATTEMPT_SUBMITTED'), { kind: 'over' })
  t.same(refused(409, 'INVIGIL_ERR_ANSWER_STALE', { value: 'c', clientSeq: 7, savedAtMs: 5 }),
    { kind: 'conflict', value: 'c', clientSeq: 7 })
  t.same(refused(409, 'INVIGIL_ERR_ANSWER_STALE', { value: 'b', clientSeq: 7, savedAtMs: 5 }),
    { kind: 'saved', savedAtMs: 5 }, 'the response of an earlier request was lost')
})

t.test('the thread is in the order of its times', async t => {
  const stored = {
    sessionId: 's', text: '', by: { id: 'n', name: 'Nadia' }, deliveredAt: null, seenAt: null
  }
  const { notices, own } = splitThread([
    { ...stored, id: '1', direction: 'to_candidate', kind: 'warning', createdAt: '2026-01-01T10:00:00Z', seenAt: 'x' },
    { ...stored, id: '3', direction: 'to_candidate', kind: 'message', createdAt: '2026-01-01T10:02:00Z' },
    { ...stored, id: '2', direction: 'from_candidate', kind: 'question', createdAt: '2026-01-01T10:01:00Z' }
  ])
  t.same(notices.map(({ level, isSeen }) => [level, isSeen]), [['warning', true], ['info', false]])
  t.same(threadLines(notices, own).map(({ key, isMine }) => [key, isMine]), [['1', false], ['2', true], ['3', false]])
})
