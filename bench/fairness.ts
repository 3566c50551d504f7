import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import { createPool, type Pool } from '../detection/workers/pool.ts'

/** Counts of errors in one group of labeled pictures, each of one face. */
export interface GroupRates {
  readonly group: string
  readonly pictures: number
  /** Pictures in which no face was found. */
  readonly missed: number
  /** Pictures in which more than one face was found. */
  readonly extra: number
  /** Pictures in which the detector judged the gaze as aside, up or down. All people look into the camera. */
  readonly gazeWrong: number
  /** Pictures in which the detector judged open eyes as closed, or closed eyes as open. */
  readonly eyesWrong: number
  /** The same for the mouth. */
  readonly mouthWrong: number
}

interface Portrait {
  readonly file: string
  readonly eyesClosed?: boolean
  readonly mouthOpen?: boolean
}

/** Heights to which the pictures are scaled; faces take a half to four fifths of the height. */
const HEIGHTS = [243, 160, 120, 80, 60]
/** Number of pictures in the pool at a time; its queue for stills is short. */
const AT_ONCE = 4

/** Miss and false rates by light, glasses and picture size, on the Yale faces: the same people in each group. */
export async function fairness (folder: string, modelsDir: string): Promise<GroupRates[]> {
  const files = readdirSync(path.join(folder, 'images/yale'))
  const under = (...conditions: string[]): Portrait[] => files
    .filter(file => conditions.some(condition => file.endsWith(`.${condition}.gif`)))
    .map(file => ({ file, eyesClosed: false, mouthOpen: false }))
  const sleepy = under('sleepy').map(({ file }) => ({ file, eyesClosed: true, mouthOpen: false }))
  const surprised = under('surprised').map(({ file }) => ({ file, eyesClosed: false, mouthOpen: true }))
  const pool = createPool({ modelsDir })
  try {
    await pool.ready
    const rates: GroupRates[] = []
    const group = async (name: string, portraits: readonly Portrait[], height?: number): Promise<void> => {
      rates.push(await rate(pool, path.join(folder, 'images/yale'), name, portraits, height))
    }
    await group('light from the front (normal, centre)', under('normal', 'centerlight'))
    await group('light from the left', under('leftlight'))
    await group('light from the right', under('rightlight'))
    await group('without glasses', under('noglasses'))
    await group('with glasses', under('glasses'))
    await group('eyes closed', sleepy)
    await group('mouth open', surprised)
    for (const height of HEIGHTS) {
      await group(
        `${height} pixels high, all of the above`,
        [...under('normal', 'centerlight', 'leftlight', 'rightlight', 'noglasses', 'glasses'), ...sleepy, ...surprised],
        height
      )
    }
    return rates
  } finally {
    await pool.close()
  }
}

async function rate (
  pool: Pool,
  folder: string,
  group: string,
  portraits: readonly Portrait[],
  height?: number
): Promise<GroupRates> {
  const counts = { missed: 0, extra: 0, gazeWrong: 0, eyesWrong: 0, mouthWrong: 0 }
  const examine = async ({ file, eyesClosed, mouthOpen }: Portrait): Promise<void> => {
    const source = sharp(readFileSync(path.join(folder, file)))
    const bytes = await (height === undefined ? source : source.resize({ height }))
      .toColourspace('srgb')
      .jpeg({ quality: 90 })
      .toBuffer()
    const {
      observation: { faces }
    } = await pool.analyzeStill(new Uint8Array(bytes))
    const face = faces[0]
    if (face === undefined) {
      counts.missed++
      return
    }
    if (faces.length > 1) counts.extra++
    if (face.gaze.direction !== 'center' && eyesClosed !== true) counts.gazeWrong++
    if (eyesClosed !== undefined && face.eyesClosed !== eyesClosed) counts.eyesWrong++
    if (mouthOpen !== undefined && face.mouthOpen !== mouthOpen) counts.mouthWrong++
  }
  for (let at = 0; at < portraits.length; at += AT_ONCE) {
    await Promise.all(portraits.slice(at, at + AT_ONCE).map(examine))
  }
  return { group, pictures: portraits.length, ...counts }
}
