/** Records the camera while a person does what a face login asks for. */
import type { Challenge, Frame, Step } from '../api/login.ts'
import type { Camera } from '../live/camera.ts'

export type Prompt = Step | 'rest'

const FRAME_WIDTH = 640
/** Four a second: forty-some frames for three steps, and the server takes forty-eight. */
const FRAME_MS = 250
const REST_MS = 1250
const STEP_MS = 2000

/** Ahead before, between and after the steps. */
export const promptsOf = (steps: readonly Step[]): ReadonlyArray<{ readonly prompt: Prompt, readonly ms: number }> => [
  { prompt: 'rest', ms: REST_MS },
  ...steps.flatMap(step => [
    { prompt: step, ms: STEP_MS },
    { prompt: 'rest' as const, ms: REST_MS }
  ])
]

/** Shows each prompt for its time and takes pictures meanwhile. */
export async function record (
  camera: Camera,
  challenge: Challenge,
  onPrompt: (prompt: Prompt) => void
): Promise<Frame[]> {
  const frames: Frame[] = []
  const startedAt = performance.now()
  let untilMs = 0
  for (const { prompt, ms } of promptsOf(challenge.steps)) {
    onPrompt(prompt)
    untilMs += ms
    while (performance.now() - startedAt < untilMs) {
      const atMs = performance.now() - startedAt
      const picture = await camera.capture(FRAME_WIDTH)
      if (picture !== undefined) frames.push({ picture, atMs: Math.round(atMs) })
      await new Promise(resolve => setTimeout(resolve, Math.max(0, FRAME_MS - (performance.now() - startedAt - atMs))))
    }
  }
  return frames
}
