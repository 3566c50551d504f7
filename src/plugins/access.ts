import fp from 'fastify-plugin'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { AttemptWithUser, Database, Exam, Role, Session, SessionWithUser } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import type { Account } from './auth.ts'

export const ROLES = ['student', 'teacher', 'admin'] as const satisfies readonly Role[]
export const STAFF = ['teacher', 'admin'] as const satisfies readonly Role[]

/** Which roles may use a route, and on which data. */
export interface AccessRule {
  /** `public`: no token asked for. */
  readonly roles: 'public' | readonly Role[]
  /** Whom this says yes to needs no account: a machine with a key of its own. */
  readonly passes?: (request: FastifyRequest) => boolean
  /**
   * The path's parameter that says whose data it is. A session or an attempt is its candidate's; teachers may act on
   * those of their own exams and on sessions without an exam. An exam is its author's, and of students those it is for.
   */
  readonly owner?: 'userId' | 'sessionId' | 'attemptId' | 'examId'
  /** Roles that must own the data; other roles may act on all data. Default: students. */
  readonly ownerRoles?: readonly Role[]
  /**
   * Refused to the candidate of the session, attempt or account in the path: what staff do to others. On one's own
   * attempt and session one is a candidate, whatever role one has by now.
   */
  readonly notOwn?: true
  /**
   * What staff may do with the exam in the path while they have an open attempt at it themselves. `also`: the same as
   * others, as a candidate; `only`: nothing at other times. Absent: refused until they have handed in, for the route
   * shows or changes keys, times and rules of an exam that they are taking.
   */
  readonly whileTakingExam?: 'also' | 'only'
}

/** One route of the table that a test walks. */
export interface RouteAccess {
  readonly method: string
  readonly url: string
  readonly websocket: boolean
  readonly access: AccessRule
}

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule
  }
  interface FastifyInstance {
    /** Every route with its rule; complete once the application is ready. */
    readonly accessTable: readonly RouteAccess[]
  }
  interface FastifyRequest {
    /** The account of the request; null on a public route, which loads no account. */
    account: Account | null
    /** What the path of a route names by its owner. */
    namedSession: SessionWithUser | null
    namedAttempt: AttemptWithUser | null
    namedExam: Exam | null
    /** A member of staff has an open attempt at `namedExam`, and is its candidate. */
    isTakingExam: boolean
  }
}

/** The asking account, on a route that is not public. */
export function accountOf (request: FastifyRequest): Account {
  if (request.account === null) throw new Error('a public route asked who is there')
  return request.account
}

/** The session in the path, on a route whose owner is `sessionId`. */
export function sessionOf (request: FastifyRequest): SessionWithUser {
  if (request.namedSession === null) throw new Error('the route names no session')
  return request.namedSession
}

/** The attempt in the path, on a route whose owner is `attemptId`. */
export function attemptOf (request: FastifyRequest): AttemptWithUser {
  if (request.namedAttempt === null) throw new Error('the route names no attempt')
  return request.namedAttempt
}

/** The exam in the path, on a route whose owner is `examId`. */
export function examOf (request: FastifyRequest): Exam {
  if (request.namedExam === null) throw new Error('the route names no exam')
  return request.namedExam
}

/**
 * How that account reads what was recorded of `userId`: staff see weights, measured values, keys and unreleased points;
 * candidates do not. Of themselves everybody reads as a candidate.
 */
export function readerOf ({ id, role }: Pick<Account, 'id' | 'role'>, userId: string): 'candidate' | 'staff' {
  return role === 'student' || id === userId ? 'candidate' : 'staff'
}

/**
 * Whether a member of staff may see and act on the sessions of that exam: admins all, teachers their own and those of
 * none. Nobody oversees their own session: where `userId` is given it is compared.
 */
export async function mayOversee (
  db: Pick<Database, 'exams'>,
  { id, role }: Pick<Account, 'id' | 'role'>,
  { examId, userId }: Pick<Session, 'examId'> & Partial<Pick<Session, 'userId'>>
): Promise<boolean> {
  if (userId === id) return false
  if (role === 'admin' || (role === 'teacher' && examId === null)) return true
  return role === 'teacher' && (await db.exams.byId(examId!))?.ownerId === id
}

/** Registers what others made (pages, documents) as public: their routes carry no rule of their own. */
export function publicRoutes (scope: FastifyInstance): void {
  scope.addHook('onRoute', route => {
    route.config = { ...route.config, access: { roles: 'public' } }
  })
}

/**
 * The one place that says yes or no. Every route declares `config.access`; the start fails on one that does not. It
 * runs before any body is read and before any socket is opened.
 */
export default fp<{ readonly db: Database }>(
  async function access (fastify, { db }) {
    const routes: { readonly url: string, readonly route: RouteOptions }[] = []
    const table: RouteAccess[] = []
    fastify.decorate('accessTable', table)
    fastify.decorateRequest('account', null)
    fastify.decorateRequest('namedSession', null)
    fastify.decorateRequest('namedAttempt', null)
    fastify.decorateRequest('namedExam', null)
    fastify.decorateRequest('isTakingExam', false)

    // Fastify reuses one object for a route with and without a slash at its end, so the address is read now, the rest
    // later.
    fastify.addHook('onRoute', route => {
      routes.push({ url: route.url, route })
    })

    fastify.addHook('onReady', async () => {
      for (const { url, route } of routes) {
        const methods = [route.method].flat().join(',')
        const rule = route.config?.access
        if (rule === undefined) throw new Error(`${methods} ${url} says not who may use it: add config.access`)
        const isNamed = rule.owner === undefined || url.split('/').includes(`:${rule.owner}`)
        if (!isNamed) throw new Error(`${methods} ${url} has no parameter :${rule.owner}`)
        table.push({ method: methods, url, websocket: 'websocket' in route && route.websocket === true, access: rule })
      }
    })

    fastify.addHook('onRequest', async request => {
      if (request.is404) return
      const rule = request.routeOptions.config.access
      if (rule === undefined) throw refuse('INVIGIL_ERR_FORBIDDEN')
      if (rule.roles === 'public' || rule.passes?.(request) === true) return
      const account = await fastify.authenticate(request)
      request.account = account
      if (!rule.roles.includes(account.role)) throw refuse('INVIGIL_ERR_FORBIDDEN')
      if (rule.owner === undefined) return
      const params = request.params as Readonly<Record<string, string>>
      const mustOwn = (rule.ownerRoles ?? ['student']).includes(account.role)
      if (!(await isTheirs(request, account, rule.owner, params[rule.owner] ?? '', mustOwn))) {
        throw refuse('INVIGIL_ERR_NOT_YOURS')
      }
      const subject = params['userId'] ?? request.namedSession?.userId ?? request.namedAttempt?.userId
      if (rule.notOwn === true && subject?.toLowerCase() === account.id) throw refuse('INVIGIL_ERR_FORBIDDEN')
    })

    async function isTheirs (
      request: FastifyRequest,
      account: Account,
      owner: NonNullable<AccessRule['owner']>,
      id: string,
      mustOwn: boolean
    ): Promise<boolean> {
      switch (owner) {
        case 'userId':
          return !mustOwn || id === account.id
        case 'sessionId': {
          const session = await db.sessions.byId(id)
          if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
          request.namedSession = session
          return session.userId === account.id || (!mustOwn && (await mayOversee(db, account, session)))
        }
        case 'attemptId': {
          const attempt = await db.attempts.byId(id)
          if (attempt === undefined) throw refuse('INVIGIL_ERR_ATTEMPT_UNKNOWN')
          request.namedAttempt = attempt
          // The results of other candidates contain the answer keys of the exam that the requester is taking.
          return (
            attempt.userId === account.id ||
            (!mustOwn && (await mayOversee(db, account, attempt)) && !(await isTakingExam(account, attempt.examId)))
          )
        }
        case 'examId': {
          const exam = await db.exams.byId(id)
          if (exam === undefined) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
          request.namedExam = exam
          if (account.role === 'student') return exam.state !== 'draft' && (await db.exams.isFor(id, account.id))
          const { whileTakingExam } = request.routeOptions.config.access ?? {}
          request.isTakingExam = await isTakingExam(account, id)
          if (request.isTakingExam) return whileTakingExam !== undefined
          return whileTakingExam !== 'only' && (account.role === 'admin' || exam.ownerId === account.id)
        }
      }
    }

    /** Whether this account has an open attempt at that exam. */
    async function isTakingExam ({ id }: Account, examId: string): Promise<boolean> {
      return (await db.attempts.openByUser(id))?.examId === examId
    }
  },
  { name: 'access', dependencies: ['auth'] }
)
