import type { JudgeInput } from '../../detection/events/judge.ts'
import type { EventKind } from '../../detection/types.ts'
import type { Sound } from './microphone.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'
import type { Scene } from './scene.ts'
import type { Sources } from './sources.ts'

/** One stretch of a session with its true incidents. */
export interface Shot {
  readonly what: string
  readonly seconds: number
  /** Absent if no frame is sent. */
  readonly scene?: Scene
  readonly sound?: Sound
  /** The first picture is sent again and again. */
  readonly isFrozen?: true
  /** Inputs for the judge at the beginning and the end. */
  readonly begins?: (atMs: number) => JudgeInput
  readonly ends?: (atMs: number) => JudgeInput
  readonly must?: readonly EventKind[]
  readonly may?: readonly EventKind[]
  /** The time within the shot to which `must` and `may` apply, in seconds; the whole shot by default. */
  readonly during?: readonly [from: number, to: number]
  /** Behavior of an honest, nervous candidate that could be mistaken for an incident. */
  readonly isHonest?: true
}

export interface Cast {
  readonly person: Person
  readonly random: Random
  readonly sources: Sources
}
