import type { Person } from './people.ts'
import type { Script, SessionSet } from './play.ts'
import { createRandom } from './random.ts'
import * as shot from './shots.ts'
import type { Cast, Shot } from './shots.ts'
import type { Head, Sources } from './sources.ts'

/** A script whose frames are made when it is played: scenes remember where they are. */
export interface SessionPlan {
  readonly name: string
  readonly set: SessionSet
  readonly load: () => Promise<Script>
}

/** A session of `person`, whose shots are made when it is played. */
export function plan (
  sources: Sources,
  about: Pick<Script, 'name' | 'set' | 'seed' | 'frameMs'>,
  person: () => Promise<Person>,
  shots: (cast: Cast) => Promise<Shot[]>
): SessionPlan {
  return {
    name: about.name,
    set: about.set,
    load: async () => {
      const random = createRandom(about.seed * 7919)
      const cast = { person: await person(), random, sources }
      const { enrolment } = cast.person
      return { ...about, ...(enrolment !== undefined && { enrolment }), shots: await shots(cast) }
    }
  }
}

/** A person at the candidate's shoulder, and a person who passes behind. */
export const second = (
  cast: Cast,
  seconds: number,
  { file, cut }: Head,
  side: 'left' | 'right',
  height?: number
): Promise<Shot> => shot.secondFace(cast, seconds, file, cut, side, height)
export const passing = (cast: Cast, seconds: number, { file, cut }: Head): Promise<Shot> =>
  shot.passerBy(cast, seconds, file, cut)
