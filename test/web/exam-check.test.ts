import sharp from 'sharp'
import t from 'tap'
import {
  browserProblems, lineVerdict, nextStep, padded, placeHint, previousStep, stepOf, stepsFor
} from '../../web/src/candidate/check/check-steps.ts'
import { saveOutcome } from '../../web/src/candidate/room/save-outcome.ts'
import { ApiError } from '../../web/src/api/errors.ts'

t.test('the steps of the check, from any address', async t => {
  t.same([stepOf('line'), stepOf('nonsense'), stepOf(undefined)], ['line', 'browser', 'browser'])
  const [usual, screen] = [stepsFor(false), stepsFor(true)]
  t.same(
    [nextStep(usual, 'browser'), nextStep(usual, 'ready'), previousStep(usual, 'browser'), previousStep(usual, 'ready')],
    ['camera', 'ready', undefined, 'face'])
  t.same([nextStep(screen, 'face'), nextStep(screen, 'screen'), previousStep(screen, 'ready')], ['screen', 'ready', 'screen'])
  t.equal(nextStep(usual, 'screen'), 'browser', 'an exam without a screen has no such step')
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

t.test('a picture that measures the line is as large as asked, and the same picture', async t => {
  const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#777' } }).jpeg().toBuffer()
  const large = padded(picture, 200_000)
  t.equal(large.length, picture.length + 200_000 + 4 * 4, 'four comments')
  t.equal(padded(picture, 0).length, picture.length)
  t.same(await sharp(large).raw().toBuffer(), await sharp(picture).raw().toBuffer())
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
