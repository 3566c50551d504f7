/** Deletes what is kept for long enough. */
import type { FastifyBaseLogger } from 'fastify'
import {
  FILES_OF, pages, RETENTION_CLASSES, runInLane, SYSTEM_LANE, type Database, type Deletion, type DueFile,
  type FileClass,
  type RetentionClass, type RetentionScope
} from '../../db/index.ts'
import { defined } from '../../lib/defined.ts'
import type { RetentionDefaults } from '../config.ts'
import { readPolicy } from '../policy/exam-policy.ts'
import { placesOf } from '../reports/places.ts'
import type { MediaVault } from '../storage/media-vault.ts'
import { scheduleOf } from './scopes.ts'

/** Between two sweeps, of all gateways together. */
const EVERY_MS = 3_600_000
/** How often a gateway asks whether it is its turn. */
const ASK_MS = 300_000
const BATCH = 100
const DAY_MS = 86_400_000
const FILE_CLASSES = ['recording', 'dismissed', 'confirmed'] as const

export interface SweeperOptions {
  readonly db: Database
  readonly vault: Pick<MediaVault, 'delete' | 'deleteObjects'>
  readonly defaults: RetentionDefaults
  readonly now: () => number
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn'>
}

export interface Sweep {
  /** Files, sessions, faces, consents and entries. */
  readonly deleted: Readonly<Record<RetentionClass, number>>
  /** Sessions whose files could not be deleted: their rows stay, and the next sweep tries again. */
  readonly failed: number
}

export interface Sweeper {
  /** Sweeps if the last one, of any gateway, is an hour ago. Undefined: it is not. */
  runIfDue (): Promise<Sweep | undefined>
  start (): void
  /** Resolves when the sweep that runs has ended its batch. */
  stop (): Promise<void>
}

export function createSweeper ({ db, vault, defaults, now, log }: SweeperOptions): Sweeper {
  let timer: NodeJS.Timeout | undefined
  let round: Promise<Sweep | undefined> | undefined
  let isStopped = false

  async function sweep (): Promise<Sweep> {
    const atMs = now()
    const deleted = Object.fromEntries(RETENTION_CLASSES.map(name => [name, 0])) as Record<RetentionClass, number>
    let failed = 0
    const { scopes, faceExams } = await scheduleOf(db, defaults, atMs)

    /** Files first and then rows: a file whose row is gone would never be found again. */
    async function tryFiles (sessionId: string, work: () => Promise<void>): Promise<void> {
      try {
        await work()
      } catch (error) {
        failed++
        log.warn({ err: error, sessionId }, 'files that are due were not deleted, the next sweep tries again')
      }
    }

    async function sweepFiles (name: FileClass, kind: DueFile['kind'], scope: RetentionScope): Promise<void> {
      const deletion: Deletion = { class: name, days: scope.days[`${name}Days`], atMs }
      const due = pages(BATCH, (limit, after) =>
        db.retention.files(name, kind, scope, { limit, ...defined({ after }) }))
      for await (const page of due) {
        for (const files of bySession(page)) {
          if (isStopped) return
          const { session } = files[0]!
          if (await db.holds.covers(session.userId, session)) continue
          await tryFiles(session.id, async () => {
            const recordings = files.filter(({ kind }) => kind === 'recording').map(({ id }) => id)
            const sheets = await db.storyboards.ofRecordings(recordings)
            const keys = files.flatMap(({ id, kind, storageKey }) => kind === 'report'
              ? Object.values(placesOf({ id, sessionId: session.id })).map(({ key }) => key)
              : [storageKey])
            for (const key of [...keys, ...sheets.map(({ storageKey }) => storageKey)]) {
              await vault.delete({ sessionId: session.id, key })
            }
            deleted[name] += await db.retention.filesDeleted(files, deletion)
          })
        }
      }
    }

    async function sweepSessions (scope: RetentionScope): Promise<void> {
      const deletion: Deletion = { class: 'records', days: scope.days.recordsDays, atMs }
      const due = pages(BATCH, (limit, after) => db.retention.sessions(scope, { limit, ...defined({ after }) }))
      for await (const page of due) {
        for (const session of page) {
          if (isStopped) return
          if (await db.holds.covers(session.userId, session)) continue
          await tryFiles(session.id, async () => {
            await vault.deleteObjects(session.id)
            if (await db.retention.sessionDeleted(session, deletion)) deleted.records++
          })
        }
      }
    }

    async function sweepFaces (): Promise<void> {
      for (const exam of faceExams) {
        const due = pages(BATCH, async (limit, after) =>
          await db.retention.faces(exam.id, exam.endedAtMs, { limit, ...defined({ after }) }))
        for await (const page of due) {
          for (const { id: userId } of page) {
            if (isStopped) return
            if (await db.holds.covers(userId) || await needsFace(userId, atMs)) continue
            if (await db.retention.faceDeleted(userId, exam.id, { class: 'face', days: 0, atMs })) deleted.face++
          }
        }
      }
    }

    /** Whether an exam that goes on compares faces, and this person may take it. */
    async function needsFace (userId: string, atMs: number): Promise<boolean> {
      const exams = await db.exams.listForUser(userId, { limit: 500 })
      return exams.some(({ closesAtMs, policy }) =>
        (closesAtMs === null || closesAtMs > atMs) && readPolicy(policy).identity !== 'off')
    }

    for (const scope of scopes) {
      for (const name of FILE_CLASSES) for (const kind of FILES_OF[name]) await sweepFiles(name, kind, scope)
      await sweepSessions(scope)
    }
    await sweepFaces()
    for (let count = BATCH; count === BATCH;) {
      count = isStopped ? 0 : await db.retention.deleteReleasedFaces({ class: 'face', days: 0, atMs }, BATCH)
      deleted.face += count
    }
    const { auditDays: days } = defaults
    const beforeMs = atMs - days * DAY_MS
    for (const name of ['consent', 'audit'] as const) {
      const remove = name === 'consent' ? db.retention.deleteConsents : db.retention.deleteAuditEntries
      for (let count = BATCH; count === BATCH;) {
        count = isStopped ? 0 : await remove(beforeMs, { class: name, days, atMs }, BATCH)
        deleted[name] += count
      }
    }
    const total = Object.values(deleted).reduce((all, count) => all + count, 0)
    if (total > 0) await db.erasure.purge()
    if (total + failed > 0) log.info({ deleted, failed }, 'swept what is kept for long enough')
    return { deleted, failed }
  }

  const runIfDue = async (): Promise<Sweep | undefined> => {
    round ??= runInLane(SYSTEM_LANE, async () =>
      await db.retention.claim(now(), now() + EVERY_MS) ? await sweep() : undefined
    ).finally(() => { round = undefined })
    return await round
  }

  return {
    runIfDue,
    start () {
      timer = setInterval(() => {
        runIfDue().catch(error => log.warn({ err: error }, 'retention sweep failed, retrying'))
      }, ASK_MS)
      timer.unref()
    },
    stop: async () => {
      isStopped = true
      clearInterval(timer)
      await round?.catch(() => {})
    }
  }
}

function bySession (files: readonly DueFile[]): DueFile[][] {
  const groups = new Map<string, DueFile[]>()
  for (const file of files) {
    const group = groups.get(file.session.id)
    if (group === undefined) groups.set(file.session.id, [file])
    else group.push(file)
  }
  return [...groups.values()]
}
