import pMap from 'p-map'
import { checkEnrolment, joinEnrolment, type EnrolmentReason } from '../../detection/identity/enrolment.ts'
import type { Pool } from '../../detection/workers/pool.ts'
import { refuse, type ErrorCode } from '../errors.ts'

/** What each reason is called to the peer. */
const CODES: Readonly<Record<EnrolmentReason, ErrorCode>> = {
  no_face: 'INVIGIL_ERR_FACE_MISSING',
  several_faces: 'INVIGIL_ERR_FACE_MULTIPLE',
  cut_off: 'INVIGIL_ERR_FACE_CUT_OFF',
  too_small: 'INVIGIL_ERR_FACE_TOO_SMALL',
  not_frontal: 'INVIGIL_ERR_FACE_NOT_FRONTAL',
  too_dark: 'INVIGIL_ERR_FACE_TOO_DARK',
  too_bright: 'INVIGIL_ERR_FACE_TOO_BRIGHT',
  uneven_light: 'INVIGIL_ERR_FACE_UNEVEN_LIGHT',
  blurred: 'INVIGIL_ERR_FACE_BLURRED',
  eyes_closed: 'INVIGIL_ERR_FACE_EYES_CLOSED'
}

/** Every way a picture or several can be refused for enrolment. */
export const ENROLMENT_CODES: readonly ErrorCode[] = [
  ...Object.values(CODES),
  'INVIGIL_ERR_FACE_DIFFERENT',
  'INVIGIL_ERR_IMAGE_EMPTY',
  'INVIGIL_ERR_FRAME_BASE64',
  'INVIGIL_ERR_IMAGE_INVALID',
  'INVIGIL_ERR_IMAGE_TOO_LARGE',
  'INVIGIL_ERR_MEDIA_TYPE',
  'INVIGIL_ERR_WORKER_LOST',
  'INVIGIL_ERR_OVERLOADED',
  'INVIGIL_ERR_SOURCE_SUSPENDED'
]

const AT_ONCE = 2

/**
 * One vector for the pictures of a person, each good enough to be compared with for a whole exam. Refused with the
 * first picture's fault, its place, what was measured and what is wanted. The pictures are not kept. `stranger`: as for
 * the pool's stills.
 */
export async function vectorOfPictures (
  pool: Pick<Pool, 'analyzeStill'>,
  pictures: readonly Uint8Array[],
  { stranger = false } = {}
): Promise<Float32Array> {
  const analyses = await pMap(
    pictures,
    async picture => await pool.analyzeStill(picture, { embed: true, facesOnly: true, stranger }),
    { concurrency: AT_ONCE }
  )
  const vectors = analyses.map(({ observation }, picture) => {
    const check = checkEnrolment(observation)
    const about = pictures.length === 1 ? {} : { picture: picture + 1 }
    if (!check.ok) {
      throw refuse(CODES[check.reason], {
        details: {
          ...about,
          reason: check.reason,
          measured: check.measured,
          limits: check.limits,
          faceCount: observation.faces.length
        }
      })
    }
    if (check.face.embedding === undefined) throw new TypeError('a worker gave a face without its vector')
    return check.face.embedding
  })
  const joined = joinEnrolment(vectors)
  if (joined === undefined || joined.refused.length > 0) {
    throw refuse('INVIGIL_ERR_FACE_DIFFERENT', { details: { pictures: joined?.refused.map(at => at + 1) ?? [] } })
  }
  return joined.vector
}
