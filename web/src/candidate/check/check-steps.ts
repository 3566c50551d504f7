/** The steps before an exam, in their order, and what is judged in them on this page. */
const CHECK_STEPS = ['browser', 'camera', 'light', 'microphone', 'line', 'face', 'screen', 'ready'] as const
export type CheckStep = typeof CHECK_STEPS[number]

/** The steps of one exam: only some record the screen. */
export const stepsFor = (recordsScreen: boolean): readonly CheckStep[] =>
  CHECK_STEPS.filter(step => step !== 'screen' || recordsScreen)

export const stepOf = (text: string | undefined): CheckStep => CHECK_STEPS.find(step => step === text) ?? 'browser'

export const nextStep = (steps: readonly CheckStep[], step: CheckStep): CheckStep =>
  steps[steps.indexOf(step) + 1] ?? 'ready'

export const previousStep = (steps: readonly CheckStep[], step: CheckStep): CheckStep | undefined =>
  steps[steps.indexOf(step) - 1]

export type PlaceHint = 'noFace' | 'manyFaces' | 'dark' | 'bright' | 'nearer' | 'farther' | 'middle' | 'good'

export interface SeenPlace {
  readonly width: number
  readonly height: number
  readonly faces: ReadonlyArray<{ readonly box: readonly number[] }>
  readonly quality: { readonly brightness: number }
  /** What the server finds in the picture, by kind. */
  readonly kinds: readonly string[]
}

const BRIGHT = 0.92
/** A face's height as a share of the picture's. */
const FAR = 0.22
const NEAR = 0.8
/** How far the face's middle may lie from the picture's, as a share of its width. */
const ASIDE = 0.22

/** The one thing to do next so that the candidate is seen well. */
export function placeHint ({ width, height, faces, quality: { brightness }, kinds }: SeenPlace): PlaceHint {
  if (kinds.includes('too_dark')) return 'dark'
  if (brightness > BRIGHT) return 'bright'
  const [face, ...others] = faces
  if (face === undefined) return 'noFace'
  if (others.length > 0) return 'manyFaces'
  const [x = 0, , faceWidth = 0, faceHeight = 0] = face.box
  if (faceHeight / height < FAR) return 'nearer'
  if (faceHeight / height > NEAR) return 'farther'
  return Math.abs((x + faceWidth / 2) / width - 0.5) > ASIDE ? 'middle' : 'good'
}

export type LineVerdict = 'good' | 'saves' | 'slow'

const GOOD_BYTES_A_SECOND = 40_000
const SAVES_BYTES_A_SECOND = 8_000

/** What a line carries: two pictures a second, few and small ones, or none beside the answers. */
export function lineVerdict (bytes: number, ms: number): LineVerdict {
  const bytesASecond = bytes * 1000 / Math.max(1, ms)
  if (bytesASecond >= GOOD_BYTES_A_SECOND) return 'good'
  return bytesASecond >= SAVES_BYTES_A_SECOND ? 'saves' : 'slow'
}

const COMMENT_BYTES_MAX = 0xffff

/** The same JPEG with `bytes` more of noise, as comments behind its start marker: no decoder reads them. */
export function padded (picture: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [picture.subarray(0, 2)]
  for (let left = bytes; left > 0;) {
    const length = Math.min(left, COMMENT_BYTES_MAX - 2)
    const comment = Uint8Array.from({ length: length + 4 }, () => Math.random() * 0xff)
    comment.set([0xff, 0xfe, (length + 2) >> 8, (length + 2) & 0xff])
    parts.push(comment)
    left -= length
  }
  parts.push(picture.subarray(2))
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export interface BrowserAbilities {
  readonly isSecure: boolean
  readonly hasCamera: boolean
  readonly hasSockets: boolean
  readonly hasStore: boolean
  readonly hasSound: boolean
}

export type BrowserProblem = 'insecure' | 'noCamera' | 'noSockets' | 'noStore' | 'noSound'

/** What of the browser would hinder an exam; the first matter most. */
export function browserProblems (able: BrowserAbilities): readonly BrowserProblem[] {
  if (!able.isSecure) return ['insecure']
  return [
    able.hasCamera ? undefined : 'noCamera' as const,
    able.hasSockets ? undefined : 'noSockets' as const,
    able.hasStore ? undefined : 'noStore' as const,
    able.hasSound ? undefined : 'noSound' as const
  ].filter(problem => problem !== undefined)
}
