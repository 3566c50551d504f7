import { and, asc, eq, gt, inArray, like, type SQL } from 'drizzle-orm'
import { withoutTexts, mentions, type Person } from './audit-detail.ts'
import type { Dialect, Queries } from './dialect.ts'
import { isQuotedUnderHold } from './erasure-holds.ts'
import { previewErasure } from './erasure-preview.ts'
import { REVIEW_ACTIONS, scrubReviews } from './erasure-reviews.ts'
import { hourOf } from './hours.ts'
import { timeOfId } from './id.ts'
import { pages } from './page.ts'
import type { Erasure } from './types.ts'

/** Ids in one condition. */
const IDS_AT_ONCE = 200
/** Rows looked at in one query: some milliseconds of this thread on SQLite. */
const ROWS_AT_ONCE = 500

/** The audit entries of these actions hold a copy of a message or a note. */
const THREAD_ACTIONS = [
  'session.message', 'session.warn', 'session.break', 'session.acknowledge', 'exam.broadcast'
] as const

interface Subject extends Person {
  readonly sessionIds: readonly string[]
  readonly attemptIds: readonly string[]
}

/** Removes what was stored of a person or an exam, and the texts that staff wrote about it. */
export function createErasure (dialect: Dialect): Erasure {
  const {
    users,
    sessions,
    attempts,
    events,
    eventHours,
    auditLog,
    invitations,
    questionCorrections: corrections,
    faceEnrollments,
    messages,
    acknowledgements
  } = dialect.schema

  const find = (id: string): Promise<Subject | undefined> =>
    dialect.read(async db => {
      const [user] = await db
        .select({ name: users.name, email: users.email })
        .from(users)
        .where(eq(users.id, id))
        .limit(1)
      if (user === undefined) return undefined
      const sessionRows = await db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, id))
      const attemptRows = await db.select({ id: attempts.id }).from(attempts).where(eq(attempts.userId, id))
      return { id, ...user, sessionIds: sessionRows.map(row => row.id), attemptIds: attemptRows.map(row => row.id) }
    })

  /** Drops the texts of the entries that `read` gives. */
  async function scrub (
    read: (
      db: Queries
    ) => Promise<ReadonlyArray<{ readonly id: string, readonly detail: Readonly<Record<string, unknown>> }>>
  ): Promise<void> {
    const rows = await dialect.read(read)
    const changed = rows
      .map(({ id, detail }) => ({ id, before: detail, detail: withoutTexts(detail) }))
      .filter(({ before, detail }) => JSON.stringify(before) !== JSON.stringify(detail))
    if (changed.length === 0) return
    await dialect.transaction(async tx => {
      for (const { id, detail } of changed) await tx.update(auditLog).set({ detail }).where(eq(auditLog.id, id))
    }, 'long')
  }

  async function scrubTargets (targetType: string, targetIds: readonly string[]): Promise<void> {
    for (let start = 0; start < targetIds.length; start += IDS_AT_ONCE) {
      await scrub(
        async db =>
          await db
            .select({ id: auditLog.id, detail: auditLog.detail })
            .from(auditLog)
            .where(
              and(
                eq(auditLog.targetType, targetType),
                inArray(auditLog.targetId, targetIds.slice(start, start + IDS_AT_ONCE))
              )
            )
      )
    }
  }

  async function scrubSubject ({ id, sessionIds, attemptIds }: Subject): Promise<void> {
    await scrubTargets('user', [id])
    await scrubTargets('session', sessionIds)
    await scrubTargets('attempt', attemptIds)
  }

  /**
   * Looks through the entries that `where` selects, a page at a time, and drops the texts of those that `isMeant`
   * accepts.
   */
  async function scrubPages (
    where: SQL | undefined,
    isMeant: (detail: Readonly<Record<string, unknown>>) => boolean
  ): Promise<void> {
    const found = pages(ROWS_AT_ONCE, (limit, after) =>
      dialect.read(
        async db =>
          await db
            .select({ id: auditLog.id, detail: auditLog.detail })
            .from(auditLog)
            .where(and(where, after === undefined ? undefined : gt(auditLog.id, after)))
            .orderBy(asc(auditLog.id))
            .limit(limit)
      )
    )
    for await (const page of found) {
      await scrub(async () => page.filter(({ detail }) => isMeant(detail)))
      // SQLite is read on this thread.
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Entries about anything else that name the person: by id (accommodations, assignments), by name, or by address. */
  const scrubMentions = (subject: Subject): Promise<void> => scrubPages(undefined, detail => mentions(detail, subject))

  /**
   * Drops the reasons of corrections that the person wrote or that name the person, and the copies in the audit log of
   * those the person wrote. The corrections stay: grades rest on them.
   */
  async function scrubCorrections (subject: Subject): Promise<void> {
    const found = pages(ROWS_AT_ONCE, (limit, after) =>
      dialect.read(
        async db =>
          await db
            .select({ id: corrections.id, by: corrections.by, reason: corrections.reason })
            .from(corrections)
            .where(after === undefined ? undefined : gt(corrections.id, after))
            .orderBy(asc(corrections.id))
            .limit(limit)
      )
    )
    for await (const page of found) {
      const ids = page
        .filter(({ by, reason }) => reason !== '' && (by === subject.id || mentions({ reason }, subject)))
        .map(({ id }) => id)
      if (ids.length > 0) {
        await dialect.write(async db => {
          await db.update(corrections).set({ reason: '' }).where(inArray(corrections.id, ids))
        })
      }
      await new Promise(resolve => setImmediate(resolve))
    }
    await scrubPages(and(eq(auditLog.actorId, subject.id), eq(auditLog.action, 'question.correct')), () => true)
  }

  /**
   * Drops the network addresses from which the person changed the faces of others. The rows of the person's own face go
   * with the account.
   */
  async function forgetAddresses ({ id }: Subject): Promise<void> {
    const found = pages(ROWS_AT_ONCE, (limit, after) =>
      dialect.read(
        async db =>
          await db
            .select({ id: faceEnrollments.id, by: faceEnrollments.by })
            .from(faceEnrollments)
            .where(after === undefined ? undefined : gt(faceEnrollments.id, after))
            .orderBy(asc(faceEnrollments.id))
            .limit(limit)
      )
    )
    for await (const page of found) {
      const ids = page.filter(({ by }) => by === id).map(row => row.id)
      for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
        await dialect.write(async db => {
          await db
            .update(faceEnrollments)
            .set({ address: '' })
            .where(inArray(faceEnrollments.id, ids.slice(start, start + IDS_AT_ONCE)))
        })
      }
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /**
   * Empties messages to other candidates, and notes on other candidates' incidents, that the person wrote or that name
   * the person. The rows stay: they say that something was said, by which account and when.
   */
  async function scrubThreads (subject: Subject): Promise<void> {
    const isMeant = (by: string, text: string | null): boolean =>
      text !== null && text !== '' && (by === subject.id || mentions({ text }, subject))
    for (let after: string | undefined; ;) {
      const page = await dialect.read(
        async db =>
          await db
            .select({ id: messages.id, by: messages.authorId, text: messages.text })
            .from(messages)
            .where(after === undefined ? undefined : gt(messages.id, after))
            .orderBy(asc(messages.id))
            .limit(ROWS_AT_ONCE)
      )
      const ids = page.filter(({ by, text }) => isMeant(by, text)).map(({ id }) => id)
      if (ids.length > 0) {
        await dialect.write(async db => {
          await db.update(messages).set({ text: '', canned: null, clientId: null }).where(inArray(messages.id, ids))
        })
      }
      if (page.length < ROWS_AT_ONCE) break
      after = page.at(-1)!.id
      await new Promise(resolve => setImmediate(resolve))
    }
    for (let after: string | undefined; ;) {
      const page = await dialect.read(
        async db =>
          await db
            .select({ id: acknowledgements.eventId, by: acknowledgements.by, text: acknowledgements.note })
            .from(acknowledgements)
            .where(after === undefined ? undefined : gt(acknowledgements.eventId, after))
            .orderBy(asc(acknowledgements.eventId))
            .limit(ROWS_AT_ONCE)
      )
      const ids = page.filter(({ by, text }) => isMeant(by, text)).map(({ id }) => id)
      if (ids.length > 0) {
        await dialect.write(async db => {
          await db.update(acknowledgements).set({ note: null }).where(inArray(acknowledgements.eventId, ids))
        })
      }
      if (page.length < ROWS_AT_ONCE) return
      after = page.at(-1)!.id
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** Copies in the audit log of what the person wrote in threads and about incidents. */
  const scrubThreadCopies = (subject: Subject): Promise<void> =>
    scrubPages(
      and(eq(auditLog.actorId, subject.id), inArray(auditLog.action, [...THREAD_ACTIONS, ...REVIEW_ACTIONS])),
      () => true
    )

  const removeInvitations = async ({ email }: Subject): Promise<void> => {
    await dialect.write(async db => { await db.delete(invitations).where(eq(invitations.email, email)) })
  }

  /**
   * Event kinds that the person's page named may hold personal text. Deletes the counts of hours with such kinds; the
   * database counts those hours again from the rows that are left. The counts of other hours hold nothing personal.
   */
  async function forgetOwnKinds (userId: string): Promise<void> {
    const rows = await dialect.read(
      async db =>
        await db
          .select({ id: events.id })
          .from(events)
          .where(and(eq(events.userId, userId), like(events.kind, 'x%')))
    )
    const hours = [...new Set(rows.map(({ id }) => hourOf(timeOfId(id))))]
    for (let start = 0; start < hours.length; start += IDS_AT_ONCE) {
      await dialect.write(async db => {
        await db.delete(eventHours).where(inArray(eventHours.atMs, hours.slice(start, start + IDS_AT_ONCE)))
      })
    }
  }

  return {
    user: async (id) => {
      const subject = await find(id)
      if (subject === undefined) return false
      // The account goes last: an erasure that is interrupted is asked for again, and finds what it needs.
      await scrubSubject(subject)
      await scrubMentions(subject)
      await forgetOwnKinds(id)
      await scrubCorrections(subject)
      await scrubThreads(subject)
      await scrubReviews(dialect, subject)
      await scrubThreadCopies(subject)
      await removeInvitations(subject)
      await forgetAddresses(subject)
      const removed =
        dialect.affected(await dialect.write(async db => await db.delete(users).where(eq(users.id, id)), 'long')) > 0
      // What staff did while the rows above were being changed.
      await scrubSubject(subject)
      await scrubCorrections(subject)
      await scrubThreads(subject)
      await scrubReviews(dialect, subject)
      await scrubThreadCopies(subject)
      await removeInvitations(subject)
      return removed
    },
    preview: id => previewErasure(dialect, id),
    quotesHeld: async id => {
      const subject = await find(id)
      return subject !== undefined && await isQuotedUnderHold(dialect, subject)
    },
    examTexts: (examId) => scrubTargets('exam', [examId]),
    purge: () => dialect.purge()
  }
}
