import { defined } from '../../lib/defined.ts'
import type { Person } from './people.ts'
import type { Script, SessionSet } from './play.ts'
import { createRandom } from './random.ts'
import * as shot from './shots.ts'
import type { Cast, Shot } from './shot.ts'
import type { Head, Sources } from './sources.ts'

/** A session whose scenes are created only when it is played, because scenes have state. */
export interface SessionPlan {
  readonly name: string
  readonly set: SessionSet
  /** Groups of people that the candidate belongs to, where the labels say so. */
  readonly groups?: readonly string[]
  readonly load: () => Promise<Script>
}

/** Plans a session of `person`; `shots` is called when the session is played. */
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
      return { ...about, ...defined({ enrolment }), shots: await shots(cast) }
    }
  }
}

/** Adds one session to a list of plans. */
export type AddPlan = (name: string, cast: () => Promise<Person>, shots: (cast: Cast) => Promise<Shot[]>) => void

/** An empty list of plans, and the function that adds to it. The seeds count up from `firstSeed`. */
export function planList (
  sources: Sources,
  set: SessionSet,
  firstSeed: number
): { readonly plans: SessionPlan[], readonly add: AddPlan } {
  const plans: SessionPlan[] = []
  return {
    plans,
    add: (name, cast, shots) => {
      plans.push(plan(sources, { name, set, seed: firstSeed + plans.length }, cast, shots))
    }
  }
}

/** A person at the candidate's shoulder, and a person who passes behind the candidate. */
export const second = (
  cast: Cast,
  seconds: number,
  { file, cut }: Head,
  side: 'left' | 'right',
  height?: number
): Promise<Shot> => shot.secondFace(cast, seconds, file, cut, side, height)
export const passing = (cast: Cast, seconds: number, { file, cut }: Head): Promise<Shot> =>
  shot.passerBy(cast, seconds, file, cut)
