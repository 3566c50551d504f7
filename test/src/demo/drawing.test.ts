/** The drawn candidates, analyzed by the real detectors. */
import t from 'tap'
import { createJudgeState, judge } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { decodeImage } from '../../../detection/image/decode.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK } from '../../../detection/pipeline/pipeline.ts'
import type { EventKind } from '../../../detection/types.ts'
import { drawReels } from '../../../src/demo/drawing/reels.ts'
import { STORIES, STORY_FPS } from '../../../src/demo/drawing/stories.ts'
import { shared } from '../../detection/models/shared.ts'

t.setTimeout(300_000)

const models = await loadModels({ modelsDir: shared('models') })
const reels = await drawReels(STORIES, models.faceGeometry)

/**
 * Kinds of the events in the first `seconds` of a story. CenterNet, the detector without a download, finds no phone.
 */
const EXPECTED: ReadonlyArray<{ seconds: number, faces: number, events: readonly EventKind[] }> = [
  { seconds: 15, faces: 1, events: ['looking_away'] },
  { seconds: 16, faces: 0, events: ['face_missing'] },
  { seconds: 13, faces: 2, events: ['multiple_faces'] },
  { seconds: 13, faces: 1, events: models.objectsName === 'yolox_nano' ? ['phone'] : [] }
]

for (const [index, { seconds, faces, events }] of EXPECTED.entries()) {
  t.test(STORIES[index]!.name, async t => {
    const { frames } = reels[index]!
    t.equal(frames.length, 60 * STORY_FPS, 'a minute')
    const pipeline = createPipeline(models, { now: () => performance.now() })
    let track = INITIAL_TRACK
    let state = createJudgeState()
    const kinds: EventKind[] = []
    const faceCounts: number[] = []
    for (const [frame, bytes] of frames.slice(0, seconds * STORY_FPS).entries()) {
      const analysis = await pipeline.analyze(await decodeImage(bytes), 1000 * frame / STORY_FPS, track)
      track = analysis.state
      faceCounts.push(analysis.observation.faces.length)
      const judgement = judge(state, analysis.observation, DEFAULT_POLICY)
      state = judgement.state
      kinds.push(...judgement.events.filter(({ phase }) => phase !== 'end').map(({ kind }) => kind))
    }
    t.same(faceCounts.slice(0, 9 * STORY_FPS), Array(9 * STORY_FPS).fill(1), 'one face while all is well')
    t.equal(faceCounts.at(-1), faces)
    t.same(kinds, events)
  })
}

t.test('a frame that is renewed shows the same scene in another picture', async t => {
  const [reel] = await drawReels([{ ...STORIES[0]!, shots: [{ seconds: 1 }] }], models.faceGeometry)
  const before = reel!.frames[0]!
  await reel!.renew(0)
  t.notSame(reel!.frames[0], before)
})
