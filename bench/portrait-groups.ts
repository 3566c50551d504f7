import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import pMap from 'p-map'
import { checkEnrolment } from '../detection/identity/enrolment.ts'
import { createPool } from '../detection/workers/pool.ts'

/** What portraits of one group of people are refused for, of pictures with one living face and open eyes. */
export interface PortraitRates {
  readonly group: string
  readonly pictures: number
  readonly missed: number
  /** Refused for the enrollment because the eyes are said to be closed. */
  readonly closed: number
  /** Refused for the enrollment because of the light. */
  readonly light: number
  /** Of `judged`, those in which the anti-spoof nets see no living face. */
  readonly lifeless: number
  readonly judged: number
}

interface Label {
  readonly faces?: number
  readonly liveness?: string
  readonly eyesClosed?: boolean
  readonly closed?: unknown
  readonly groups?: readonly string[]
}

/** Number of pictures in the pool at a time; its queue for stills is short. */
const AT_ONCE = 4
/** Fewer pictures than this are no group to compare. */
const GROUP_MIN = 5
const LIVE_FROM = 0.5
const LIGHT = ['too_dark', 'too_bright', 'uneven_light']
const EVERYBODY = 'all'

/** The rates of everybody and of each group that the labels name; none where the folder is missing. */
export async function portraitGroups (folder: string, modelsDir: string): Promise<PortraitRates[]> {
  const file = path.join(folder, 'labels.json')
  if (!existsSync(file)) return []
  const portraits = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Label>).filter(
    ([name, { faces, liveness, eyesClosed, closed }]) =>
      name.startsWith('images/') && faces === 1 && liveness !== 'spoof' && eyesClosed !== true && closed === undefined
  )
  const pool = createPool({ modelsDir })
  try {
    await pool.ready
    const results = await pMap(portraits, async ([name, { groups = [] }]) => {
      const { observation } = await pool.analyzeStill(new Uint8Array(readFileSync(path.join(folder, name))), {
        embed: true, facesOnly: true
      })
      const check = observation.faces.length === 0 ? undefined : checkEnrolment(observation)
      return {
        groups: [EVERYBODY, ...groups],
        reason: check === undefined ? 'no_face' : check.ok ? 'ok' : check.reason,
        liveScore: observation.faces[0]?.liveScore
      }
    }, { concurrency: AT_ONCE })
    return [...new Set(results.flatMap(({ groups }) => groups))].map(group => {
      const own = results.filter(({ groups }) => groups.includes(group))
      const judged = own.flatMap(({ liveScore }) => (liveScore === undefined ? [] : [liveScore]))
      return {
        group,
        pictures: own.length,
        missed: own.filter(({ reason }) => reason === 'no_face').length,
        closed: own.filter(({ reason }) => reason === 'eyes_closed').length,
        light: own.filter(({ reason }) => LIGHT.includes(reason)).length,
        lifeless: judged.filter(score => score < LIVE_FROM).length,
        judged: judged.length
      }
    })
  } finally {
    await pool.close()
  }
}

/** The largest difference between two groups in the share that `of` counts, 0..1. */
export function largestGap (
  rates: readonly PortraitRates[],
  of: (rates: PortraitRates) => number
): { readonly gap: number, readonly most: string, readonly least: string } {
  const shares = rates
    .filter(({ group, pictures }) => group !== EVERYBODY && pictures >= GROUP_MIN)
    .map(rate => ({ group: rate.group, share: of(rate) / rate.pictures }))
    .toSorted((a, b) => a.share - b.share)
  const [least, most] = [shares[0], shares.at(-1)]
  return least === undefined || most === undefined
    ? { gap: 0, most: '', least: '' }
    : { gap: most.share - least.share, most: most.group, least: least.group }
}
