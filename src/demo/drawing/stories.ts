import type { Expression, Looks } from './face-texture.ts'
import { NO_TURN, type Point, type Turn } from './mesh.ts'
import type { DrawnPerson, Scene } from './scene.ts'

/** What a drawn candidate does for some seconds. */
interface Shot {
  readonly seconds: number
  readonly turn?: Turn
  readonly gazeX?: number
  readonly isAway?: boolean
  readonly visitor?: Looks
  readonly holdsPhone?: boolean
  /** A hand lies on the camera. */
  readonly isCovered?: boolean
}

export interface Story {
  /** Shown to proctors. */
  readonly name: string
  readonly looks: Looks
  readonly wall: string
  readonly shots: readonly Shot[]
}

/** Frames a second that are drawn and sent. */
export const STORY_FPS = 2
/** A head is never quite still: so many different pictures of a shot are shown in turn. */
const SWAYS = 4
const VISITOR_AT: Point = [19, 4, -24]

const BLUE: Looks = {
  skin: '#dba583',
  hair: '#3a261a',
  lips: '#b5554f',
  iris: '#5a3d22',
  clothes: '#4b6584',
  hasLongHair: false
}
const PLUM: Looks = {
  skin: '#9c6644',
  hair: '#17120f',
  lips: '#8a4038',
  iris: '#2e1a0e',
  clothes: '#7b4b6a',
  hasLongHair: true
}
const GREEN: Looks = {
  skin: '#c68b62',
  hair: '#221813',
  lips: '#9d4c44',
  iris: '#3b2413',
  clothes: '#4c6b52',
  hasLongHair: false
}
const SAND: Looks = {
  skin: '#e3b899',
  hair: '#6b4426',
  lips: '#bd6460',
  iris: '#4d6468',
  clothes: '#a8926b',
  hasLongHair: true
}
const GREY: Looks = {
  skin: '#b57c55',
  hair: '#2b2b2f',
  lips: '#8f4a41',
  iris: '#2f1d10',
  clothes: '#5c5f66',
  hasLongHair: false
}

/**
 * One looks away, one leaves, one has a visitor, one holds a phone and covers the camera. Each begins well, so that the
 * session learns how its candidate sits.
 */
export const STORIES: readonly Story[] = [
  {
    name: 'Anik (drawn)',
    looks: BLUE,
    wall: '#c9c3b6',
    shots: [
      { seconds: 10 },
      { seconds: 8, turn: { yawDegrees: 43, pitchDegrees: -4, rollDegrees: 0 }, gazeX: 0.3 },
      { seconds: 24 },
      { seconds: 8, turn: { yawDegrees: -43, pitchDegrees: 0, rollDegrees: 2 }, gazeX: -0.3 },
      { seconds: 10 }
    ]
  },
  {
    name: 'Bithi (drawn)',
    looks: PLUM,
    wall: '#a8b8a8',
    shots: [{ seconds: 12 }, { seconds: 12, isAway: true }, { seconds: 36 }]
  },
  {
    name: 'Chandan (drawn)',
    looks: GREEN,
    wall: '#b7bcc9',
    shots: [{ seconds: 9 }, { seconds: 14, visitor: GREY }, { seconds: 37 }]
  },
  {
    name: 'Diya (drawn)',
    looks: SAND,
    wall: '#cbb9ad',
    shots: [
      { seconds: 9 },
      { seconds: 14, holdsPhone: true, turn: { yawDegrees: 10, pitchDegrees: -14, rollDegrees: 0 } },
      { seconds: 14 },
      { seconds: 9, isCovered: true },
      { seconds: 14 }
    ]
  }
]

/** The scenes of a story, `STORY_FPS` a second; equal scenes are the same object. */
export function scenesOf ({ looks, wall, shots }: Story): Scene[] {
  return shots.flatMap(shot => {
    const scenes = Array.from({ length: SWAYS }, (_, sway) => sceneOf(shot, looks, wall, sway))
    return Array.from({ length: shot.seconds * STORY_FPS }, (_, frame) => scenes[frame % SWAYS]!)
  })
}

function sceneOf (shot: Shot, looks: Looks, wall: string, sway: number): Scene {
  const angle = 2 * Math.PI * sway / SWAYS
  const at: Point = [0.5 * Math.cos(angle) - (shot.visitor === undefined ? 0 : 5), 0.3 * Math.sin(angle), 0]
  const turn = shot.turn ?? NO_TURN
  const expression: Expression = { eyes: 1, gazeX: shot.gazeX ?? 0 }
  const candidate: DrawnPerson = {
    looks,
    expression,
    at,
    turn: {
      ...turn,
      yawDegrees: turn.yawDegrees + 2 * Math.cos(angle),
      pitchDegrees: turn.pitchDegrees + Math.sin(angle)
    }
  }
  const people = shot.isAway === true ? [] : [candidate]
  if (shot.visitor !== undefined) {
    const towardDesk: Turn = { yawDegrees: -14 + Math.sin(angle), pitchDegrees: -3, rollDegrees: -4 }
    people.push({ looks: shot.visitor, expression, at: VISITOR_AT, turn: towardDesk })
  }
  return { wall, people, holdsPhone: shot.holdsPhone === true, light: shot.isCovered === true ? 0.03 : 1 }
}
