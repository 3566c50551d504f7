import type { Test } from 'tap'
import { DetectionError } from '../../detection/errors.ts'
import type { ChallengeFrame, ChallengeStep } from '../../detection/liveness/challenge.ts'
import { performSteps } from './challenge-frames.ts'
import { analysis, build, call, face, faceChange, person, scriptedPool, vector } from './app.ts'

export interface Challenge {
  nonce: string
  steps: ChallengeStep[]
  expiresInSeconds: number
}

/** What the workers detect in the sent frames. The bytes of a frame are its number and that of the recording. */
export interface Scene {
  frames: readonly ChallengeFrame[]
  /** The person in the frame. */
  who: (index: number) => number
  liveScore?: number
  /** The error with which the workers fail. */
  fault?: DetectionError
}

/** Begins like a JPEG; the code before the workers checks only this. */
export const jpeg = (...bytes: readonly number[]) => Buffer.from([0xFF, 0xD8, 0xFF, ...bytes]).toString('base64')

/** An application whose workers detect the content of `scene`. */
export async function stage (
  t: Test,
  env: Readonly<Record<string, string>> = {},
  versions: Record<string, string> = {}
) {
  const scene: Scene = { frames: [], who: () => 0 }
  const app = await build(t, {
    env,
    pool: {
      ...scriptedPool(),
      ready: Promise.resolve({ objectsName: 'yolox_nano', versions }),
      analyzeStill: async bytes => {
        if (scene.fault !== undefined) throw scene.fault
        if (bytes.length > 5) return analysis({ faces: [face({ embedding: vector(bytes.length) })] })
        const sceneFrame = scene.frames[bytes[3]!]!
        const { liveScore } = scene
        return analysis({
          faces: sceneFrame.faces.map(about =>
            face({
              ...about,
              embedding: vector(scene.who(bytes[3]!)),
              ...(liveScore !== undefined && { liveScore, live: liveScore >= 0.5 })
            })
          )
        })
      }
    }
  })
  // Frames cannot span more time than has passed since the challenge.
  const clock = Date.now
  let skewMs = 0
  Date.now = () => clock() + skewMs
  t.teardown(() => { Date.now = clock })
  const pass = (ms: number) => { skewMs += ms }
  const enrolled = await person(app)
  await app.faces.store(enrolled.user.id, vector(0), faceChange(enrolled))
  const begin = async (email = enrolled.user.email, remoteAddress = '127.0.0.1') =>
    (await call<Challenge>(app, 'POST', '/auth/login/face/challenge', { payload: { email }, remoteAddress })).body
  let recordings = 0
  const send = async (nonce: string, email: string, frames: readonly ChallengeFrame[], recording = ++recordings) => {
    scene.frames = frames
    const sent = frames.map(({ atMs }, index) => ({ data: jpeg(index, recording), atMs }))
    return await call<{ code: string, details?: { reason?: string }, accessToken?: string, message: string }>(
      app,
      'POST',
      '/auth/login/face',
      { payload: { nonce, email, frames: sent } }
    )
  }
  /** A complete login with the frames that `act` makes for the steps. */
  const logIn = async (
    act: (steps: readonly ChallengeStep[]) => readonly ChallengeFrame[] = performSteps,
    email = enrolled.user.email
  ) => {
    const { nonce, steps } = await begin(email)
    pass(20_000)
    return await send(nonce, email, act(steps))
  }
  return { app, scene, enrolled, begin, send, logIn, pass }
}
