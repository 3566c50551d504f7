import type { VoicePiece } from '../types.ts'

/** Speech of one voice without a pause in which another person could have begun to speak; 4.8 s at most. */
export interface Stretch {
  readonly atMs: number
  readonly endMs: number
  /** Number of pieces of 1.6 s. */
  readonly pieces: number
  /** Sum of the unit vectors of the pieces. */
  readonly sum: Float32Array
}

/** One voice of a session: a group of stretches with similar vectors, oldest first. */
export interface Voice {
  readonly stretches: readonly Stretch[]
  /** Number of pieces of 1.6 s. */
  readonly pieces: number
}

/** What is remembered of the voices of a session. */
export interface VoiceMemory {
  /** The newest ones, oldest first. */
  readonly stretches: readonly Stretch[]
  /** The same by voice, the one that spoke longest first. */
  readonly voices: readonly Voice[]
}

/** Some ten minutes of speech without a break; in an exam, all of it. */
const STRETCHES_MAX = 48
/** The vector of one piece is rough, so those of a stretch are averaged. */
const STRETCH_PIECES_MAX = 3

/**
 * The memory after more pieces. `sameVoiceMin`: stretches and voices with a mean cosine at or above this are one voice.
 */
export function rememberVoices (
  memory: VoiceMemory | undefined,
  pieces: readonly VoicePiece[],
  sameVoiceMin: number
): VoiceMemory {
  const stretches = pieces.reduce(extend, memory?.stretches ?? []).slice(-STRETCHES_MAX)
  return { stretches, voices: groupVoices(stretches, sameVoiceMin) }
}

function extend (stretches: readonly Stretch[], piece: VoicePiece): readonly Stretch[] {
  const last = stretches.at(-1)
  const { atMs, endMs, vector } = piece
  if (!piece.isContinued || last === undefined || last.pieces >= STRETCH_PIECES_MAX) {
    return [...stretches, { atMs, endMs, pieces: 1, sum: vector }]
  }
  const sum = last.sum.map((value, index) => value + vector[index]!)
  return [...stretches.slice(0, -1), { atMs: last.atMs, endMs, pieces: last.pieces + 1, sum }]
}

/** Joins the two nearest groups, by the mean cosine of their pieces, until no two are near enough. */
function groupVoices (stretches: readonly Stretch[], sameVoiceMin: number): readonly Voice[] {
  let groups: Group[] = stretches.map(stretch => ({ stretches: [stretch], pieces: stretch.pieces, sum: stretch.sum }))
  for (;;) {
    let nearest: { readonly cosine: number, readonly a: Group, readonly b: Group } | undefined
    for (const [index, a] of groups.entries()) {
      for (const b of groups.slice(index + 1)) {
        const cosine = meanCosine(a, b)
        if (cosine >= sameVoiceMin && cosine > (nearest?.cosine ?? -1)) nearest = { cosine, a, b }
      }
    }
    if (nearest === undefined) break
    const { a, b } = nearest
    groups = [...groups.filter(group => group !== a && group !== b), join(a, b)]
  }
  return groups
    .map(({ stretches, pieces }) => ({ stretches: stretches.toSorted((a, b) => a.atMs - b.atMs), pieces }))
    .sort((a, b) => b.pieces - a.pieces)
}

interface Group extends Voice {
  readonly sum: Float32Array
}

const join = (a: Group, b: Group): Group => ({
  stretches: [...a.stretches, ...b.stretches],
  pieces: a.pieces + b.pieces,
  sum: a.sum.map((value, index) => value + b.sum[index]!)
})

/** The mean of the cosines between each piece of one and each piece of the other. */
function meanCosine (a: Pick<Group, 'pieces' | 'sum'>, b: Pick<Group, 'pieces' | 'sum'>): number {
  let product = 0
  for (let index = 0; index < a.sum.length; index++) product += a.sum[index]! * b.sum[index]!
  return product / (a.pieces * b.pieces)
}

/** The mean cosine between the pieces of two voices. */
export function similarity (a: Voice, b: Voice): number {
  return meanCosine(total(a), total(b))
}

function total ({ stretches, pieces }: Voice): Pick<Group, 'pieces' | 'sum'> {
  const sum = stretches.map(stretch => stretch.sum).reduce((a, b) => a.map((value, index) => value + b[index]!))
  return { pieces, sum }
}

/** How often the speaker changes from one of two voices to the other. */
export function turnsBetween (a: Voice, b: Voice): number {
  const order = [
    ...a.stretches.map(({ atMs }) => ({ atMs, voice: a })),
    ...b.stretches.map(({ atMs }) => ({ atMs, voice: b }))
  ].sort((x, y) => x.atMs - y.atMs)
  return order.filter(({ voice }, index) => index > 0 && voice !== order[index - 1]!.voice).length
}
