/** Words for what the console shows of a candidate now. */
import { duration } from '../text/format.ts'
import { gradeOf, type Grade } from './logic/attention.ts'
import type { Finding } from './logic/incidents.ts'
import { placeOf, unseenFindings, unseenQuestions, type Candidate } from './logic/room.ts'
import { t } from './text.ts'

/** What a candidate needs most now, as a shape, words and since when. */
export interface Need {
  readonly grade: Grade
  readonly icon?: 'hand' | 'break' | 'question' | 'call' | 'line'
  readonly text: string
  readonly sinceMs: number
  /** The finding behind it, which can be acknowledged. */
  readonly finding?: Finding
  readonly isOpen: boolean
}

export function needOf (candidate: Candidate, nowMs: number): Need | undefined {
  const { session, calledAtMs, offlineSinceMs } = candidate
  if (session.handRaisedAt !== null) {
    return { grade: 'none', icon: 'hand', text: t('handRaised'), sinceMs: Date.parse(session.handRaisedAt), isOpen: true }
  }
  if (session.breakAskedAt !== null) {
    return { grade: 'none', icon: 'break', text: t('breakAsked'), sinceMs: Date.parse(session.breakAskedAt), isOpen: true }
  }
  const question = unseenQuestions(candidate).at(-1)
  if (question !== undefined) {
    const { text, createdAt } = question
    return { grade: 'none', icon: 'question', text: t('question', { text }), sinceMs: Date.parse(createdAt), isOpen: true }
  }
  const [finding] = unseenFindings(candidate, nowMs)
  if (finding?.endMs === undefined && finding !== undefined) return ofFinding(finding)
  if (calledAtMs !== undefined) {
    return { grade: 'serious', icon: 'call', text: t('called'), sinceMs: calledAtMs, isOpen: true }
  }
  const place = placeOf(candidate, nowMs)
  if (place === 'reconnecting' || place === 'missing') {
    return { grade: 'blind', icon: 'line', text: t(`line.${place}`), sinceMs: offlineSinceMs ?? nowMs, isOpen: true }
  }
  return finding === undefined ? undefined : ofFinding(finding)
}

function ofFinding (finding: Finding): Need {
  const isOpen = finding.endMs === undefined
  return {
    grade: gradeOf(finding),
    text: finding.text,
    sinceMs: finding.endMs ?? finding.startMs,
    finding,
    isOpen
  }
}

/** `still, 0:29` or `0:12 ago`. */
export const sinceWords = ({ isOpen, sinceMs }: Pick<Need, 'isOpen' | 'sinceMs'>, nowMs: number): string =>
  t(isOpen ? 'still' : 'ago', { time: duration(nowMs - sinceMs) })
