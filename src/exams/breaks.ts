/** Breaks that candidates take on their own while an attempt is open: how many, how long, how far apart. */
import type { FastifyBaseLogger } from 'fastify'
import { defined } from '../../lib/defined.ts'
import type { Attempt, Database, Pause } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import { readPolicy, type BreakPolicy } from '../policy/exam-policy.ts'

/** What candidates may still take. */
export interface BreaksLeft {
  readonly max: number
  readonly left: number
  readonly lengthMs: number
  /** Before then the next one is refused; null: at any time, or none is left. */
  readonly nextAtMs: number | null
}

export interface BreaksOptions {
  readonly db: Pick<Database, 'attempts' | 'exams' | 'sessions'>
  readonly live: Pick<LiveGateway, 'resume' | 'now'>
  readonly log: Pick<FastifyBaseLogger, 'error'>
}

export interface Breaks {
  left (attempt: Pick<Attempt, 'id' | 'examId' | 'userId'>): Promise<BreaksLeft>
  /** Throws where the candidate may not begin a break now. */
  check (attempt: Pick<Attempt, 'id' | 'examId' | 'userId'>): Promise<void>
  /** After one has begun: of several asked for at once those beyond the number end again, and throw. */
  checkBegun (attempt: Pick<Attempt, 'id' | 'examId' | 'userId'>, sessionId: string): Promise<void>
  /** Ends breaks that are longer than they may be, on behalf of the system. */
  endOverdue (): Promise<void>
}

/** Breaks asked for at a time. */
const PAGE_ROWS = 500
/** No policy has shorter ones. */
const LENGTH_MS_MIN = 1_000
/** What the candidate is told when a break is over. */
const BREAK_OVER = 'break-over'

/** What is left after these own breaks, as of `nowMs`. */
function breaksLeft ({ max, lengthMs, apartMs }: BreakPolicy, own: readonly Pause[], nowMs: number): BreaksLeft {
  const left = Math.max(0, max - own.length)
  const lastMs = Math.max(...own.map(({ endedAtMs }) => endedAtMs ?? nowMs), -Infinity)
  const nextAtMs = left > 0 && lastMs + apartMs > nowMs ? lastMs + apartMs : null
  return { max, left, lengthMs, nextAtMs }
}

export function createBreaks ({ db, live, log }: BreaksOptions): Breaks {
  async function policyOf (examId: string): Promise<BreakPolicy | undefined> {
    const exam = await db.exams.byId(examId)
    return exam === undefined ? undefined : readPolicy(exam.policy).breaks
  }

  async function left ({ id, examId, userId }: Pick<Attempt, 'id' | 'examId' | 'userId'>): Promise<BreaksLeft> {
    const [policy, pauses] = await Promise.all([policyOf(examId), db.attempts.pauses(id)])
    if (policy === undefined) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
    return breaksLeft(policy, pauses.filter(({ by }) => by === userId), live.now())
  }

  return {
    left,
    async check (attempt) {
      const { max, left: isLeft, nextAtMs } = await left(attempt)
      if (max === 0) {
        throw refuse('INVIGIL_ERR_BREAK_REFUSED', {
          text: 'breaks.none',
          details: { why: 'none', nextAtMs: null, left: 0 }
        })
      }
      if (isLeft === 0) {
        throw refuse('INVIGIL_ERR_BREAK_REFUSED', {
          text: 'breaks.used',
          values: { max },
          details: { why: 'used', nextAtMs: null, left: 0 }
        })
      }
      if (nextAtMs === null) return
      const minutes = Math.ceil((nextAtMs - live.now()) / 60_000)
      throw refuse('INVIGIL_ERR_BREAK_REFUSED', {
        text: 'breaks.tooSoon',
        values: { minutes },
        details: { why: 'too-soon', nextAtMs, left: isLeft }
      })
    },
    async checkBegun (attempt, sessionId) {
      const [policy, pauses] = await Promise.all([policyOf(attempt.examId), db.attempts.pauses(attempt.id)])
      if (policy === undefined || pauses.filter(({ by }) => by === attempt.userId).length <= policy.max) return
      await live.resume(sessionId, 'system', BREAK_OVER)
      throw refuse('INVIGIL_ERR_BREAK_REFUSED', {
        text: 'breaks.used',
        values: { max: policy.max },
        details: { why: 'used', nextAtMs: null, left: 0 }
      })
    },
    async endOverdue () {
      const lengths = new Map<string, number>()
      const nowMs = live.now()
      for (let after: string | undefined; ;) {
        const { breaks, next } = await db.sessions.breaks(nowMs - LENGTH_MS_MIN, {
          limit: PAGE_ROWS,
          ...defined({ after })
        })
        for (const { sessionId, examId, startedAtMs } of breaks) {
          if (examId === null) continue
          if (!lengths.has(examId)) lengths.set(examId, (await policyOf(examId))?.lengthMs ?? Infinity)
          if (nowMs < startedAtMs + lengths.get(examId)!) continue
          await live
            .resume(sessionId, 'system', BREAK_OVER)
            .catch(error => log.error({ err: error, sessionId }, 'end of an overdue break failed, retrying'))
        }
        if (next === null) return
        after = next
      }
    }
  }
}
