import type { Engine, Value } from './engines.ts'

const USERS = 2000
const EXAMS = 60
const OWNERS = 8
export const DAYS = 30
export const DAY_MS = 86_400_000
export const KINDS = [
  'looking_away',
  'looking_away',
  'looking_away',
  'eye_movement',
  'mouth_movement',
  'face_missing',
  'hand_detected',
  'tab_switch',
  'voice',
  'too_dark',
  'phone',
  'multiple_faces'
]

export type Random = () => number

export interface LoadSize {
  readonly sessionCount: number
  readonly eventCount: number
  /** The first of the days. */
  readonly startMs: number
}

export interface Filled {
  readonly userIds: readonly string[]
  readonly ownerIds: readonly string[]
  readonly examIds: readonly string[]
  readonly sessionIds: readonly string[]
}

/** Fills the tables with a month of exams. */
export async function fill (
  { insert, time }: Engine,
  { sessionCount, eventCount, startMs }: LoadSize,
  random: Random
): Promise<Filled> {
  const pick = <T>(from: readonly T[]): T => pickOf(random, from)
  const idAt = (atMs: number): string => makeId(random, atMs)
  const userIds = Array.from({ length: USERS }, (_, index) => idAt(startMs - DAY_MS + index))
  const ownerIds = userIds.slice(0, OWNERS)
  const examIds = Array.from({ length: EXAMS }, (_, index) => idAt(startMs - DAY_MS / 2 + index))
  await insert(
    'users',
    ['id', 'email', 'name', 'role', 'locale', 'tokens_valid_after', 'created_at'],
    userIds.map((id, index) => [
      id,
      `candidate-${index}@example.com`,
      `Candidate ${index}`,
      index < OWNERS ? 'teacher' : 'student',
      'en',
      time(0),
      time(startMs)
    ])
  )
  await insert(
    'exams',
    [
      'id',
      'owner_id',
      'title',
      'description',
      'language',
      'shuffle',
      'is_open_to_all',
      'needs_preflight',
      'state',
      'policy',
      'policy_version',
      'created_at',
      'updated_at',
      'version'
    ],
    examIds.map((id, index) => [
      id,
      ownerIds[index % OWNERS]!,
      `Exam ${index}`,
      '',
      'en',
      0,
      index % 3 === 0 ? 1 : 0,
      0,
      'published',
      '{}',
      1,
      time(startMs),
      time(startMs),
      1
    ])
  )
  await insert(
    'exam_assignments',
    ['exam_id', 'user_id'],
    examIds.flatMap(examId =>
      [...new Set(Array.from({ length: 150 }, () => pick(userIds)))].map(userId => [examId, userId])
    )
  )
  const sessionIds: string[] = []
  const perDay = Math.ceil(sessionCount / DAYS)
  const perSession = eventCount / sessionCount
  let eventsMade = 0
  const numberOf = new Map<string, number>()
  for (let day = 0; day < DAYS && sessionIds.length < sessionCount; day++) {
    const [sessions, attempts, events]: [Value[][], Value[][], Value[][]] = [[], [], []]
    const starts = Array.from(
      { length: Math.min(perDay, sessionCount - sessionIds.length) },
      () => startMs + day * DAY_MS + (3 + random() * 11) * 3_600_000
    ).sort((a, b) => a - b)
    for (const atMs of starts) {
      const [id, attemptId, userId, examId] = [idAt(atMs), idAt(atMs - 1), pick(userIds), pick(examIds)]
      sessionIds.push(id)
      // A user has at most one open session: all sessions before the last day have ended.
      const state = random() < 0.97 ? 'stopped' : 'terminated'
      const risk = Math.round(-Math.log(1 - random()) * 60) / 10
      const endMs = atMs + 90 * 60_000
      sessions.push([
        id,
        userId,
        null,
        examId,
        attemptId,
        state,
        time(atMs),
        time(endMs),
        risk,
        Math.round(100 / (1 + risk / 10)),
        90,
        Math.round(perSession / 2),
        time(endMs)
      ])
      const sitting = `${examId} ${userId}`
      const number = (numberOf.get(sitting) ?? 0) + 1
      numberOf.set(sitting, number)
      attempts.push([
        attemptId,
        examId,
        userId,
        null,
        number,
        'submitted',
        time(atMs),
        time(endMs),
        'candidate',
        1,
        1,
        time(endMs),
        random() < 0.8 ? time(endMs) : null,
        7,
        10
      ])
      const target = Math.round(sessionIds.length * perSession)
      for (let incident = 1; eventsMade < target; incident++) {
        const [kind, eventMs] = [random() < 0.0005 ? 'devtools' : pick(KINDS), atMs + random() * 85 * 60_000]
        const common = [id, userId, kind] as const
        const detail = JSON.stringify({
          score: random(),
          enterScore: 1,
          medianOf: 3,
          frames: 12,
          yawDegrees: random() * 60,
          model: 'face_landmark_with_attention'
        })
        for (const [phase, ms, durationMs] of [
          ['start', eventMs, null],
          ['end', eventMs + 4000, 4000]
        ] as const) {
          if (eventsMade++ >= target) break
          events.push([
            idAt(ms),
            ...common,
            phase,
            incident,
            time(ms),
            durationMs,
            'integrity',
            'medium',
            1,
            detail,
            time(ms)
          ])
        }
      }
    }
    await insert(
      'sessions',
      [
        'id',
        'user_id',
        'open_for',
        'exam_id',
        'attempt_id',
        'state',
        'started_at',
        'ended_at',
        'risk_score',
        'trust_score',
        'compliance_score',
        'event_count',
        'updated_at'
      ],
      sessions
    )
    await insert(
      'attempts',
      [
        'id',
        'exam_id',
        'user_id',
        'open_for',
        'number',
        'state',
        'started_at',
        'submitted_at',
        'submitted_by',
        'exam_version',
        'policy_version',
        'auto_graded_at',
        'graded_at',
        'points',
        'points_max'
      ],
      attempts
    )
    await insert(
      'events',
      [
        'id',
        'session_id',
        'user_id',
        'kind',
        'phase',
        'incident',
        'at',
        'duration_ms',
        'class',
        'severity',
        'weight',
        'detail',
        'created_at'
      ],
      events.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
    )
  }
  return { userIds: userIds.slice(OWNERS), ownerIds, examIds, sessionIds }
}

export function pickOf<T> (random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!
}

/** A UUIDv7 with that time. */
function makeId (random: Random, atMs: number): string {
  const hex = Math.floor(atMs).toString(16).padStart(12, '0')
  const rest = Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(4)}`
}

/** The same numbers from the same seed (mulberry32, public domain). */
export function randomFrom (seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
