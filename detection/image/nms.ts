import type { Box, Point } from '../types.ts'
import { boxIou } from './box.ts'

export interface Scored {
  readonly box: Box
  readonly score: number
}

export interface ScoredWithKeypoints extends Scored {
  readonly keypoints: readonly Point[]
}

/**
 * Non-maximum suppression: of boxes that overlap by more than `iouMax`, the best one stays. Best first.
 * `rivals` says which pairs compete at all (such as: the same class); by default every pair.
 */
export function suppress<T extends Scored> (
  candidates: readonly T[],
  iouMax: number,
  rivals: (a: T, b: T) => boolean = () => true
): T[] {
  const kept: T[] = []
  for (const candidate of byScore(candidates)) {
    if (!kept.some(better => rivals(better, candidate) && boxIou(better.box, candidate.box) > iouMax)) {
      kept.push(candidate)
    }
  }
  return kept
}

/**
 * MediaPipe's weighted suppression: a group that overlaps its best member by more than `iouMax` becomes one box and one
 * set of key points, their mean weighted by score; the score is the best member's. This steadies the boxes from
 * frame to frame. Best first.
 */
export function blend<T extends ScoredWithKeypoints> (candidates: readonly T[], iouMax: number): ScoredWithKeypoints[] {
  const blended: ScoredWithKeypoints[] = []
  let rest = byScore(candidates)
  for (let best = rest[0]; best !== undefined; best = rest[0]) {
    const top = best
    const group = [top]
    const others: T[] = []
    for (const other of rest.slice(1)) (boxIou(top.box, other.box) > iouMax ? group : others).push(other)
    blended.push(
      group.length === 1 ? { box: top.box, score: top.score, keypoints: top.keypoints } : weightedMean(group, top)
    )
    rest = others
  }
  return blended
}

function byScore<T extends Scored> (candidates: readonly T[]): T[] {
  return [...candidates].sort((a, b) => b.score - a.score)
}

function weightedMean (group: readonly ScoredWithKeypoints[], best: ScoredWithKeypoints): ScoredWithKeypoints {
  const total = group.reduce((sum, member) => sum + member.score, 0)
  const mean = (value: (member: ScoredWithKeypoints) => number) =>
    group.reduce((sum, member) => sum + value(member) * member.score, 0) / total
  return {
    box: {
      x: mean(({ box }) => box.x),
      y: mean(({ box }) => box.y),
      width: mean(({ box }) => box.width),
      height: mean(({ box }) => box.height)
    },
    score: best.score,
    keypoints: best.keypoints.map((_, index) => ({
      x: mean(({ keypoints }) => keypoints[index]!.x),
      y: mean(({ keypoints }) => keypoints[index]!.y)
    }))
  }
}
