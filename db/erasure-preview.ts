import { and, count, eq, inArray, isNotNull, type SQL } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import type { ErasurePreview } from './types.ts'

/** Counts what the erasure of an account would remove, and what stays without the person's name. */
export async function previewErasure (dialect: Dialect, userId: string): Promise<ErasurePreview | undefined> {
  const { schema } = dialect
  const { users, sessions, attempts } = schema
  return await dialect.read(async db => {
    const [user] = await db
      .select({ email: users.email })
      .from(users)
      .where(eq(users.id, userId))
      .limit(1)
    if (user === undefined) return undefined
    const rows = async (table: typeof schema[keyof typeof schema], where: SQL | undefined): Promise<number> =>
      (await db.select({ count: count() }).from(table).where(where))[0]?.count ?? 0
    const ofSessions = db.select({ id: sessions.id }).from(sessions).where(eq(sessions.userId, userId))
    const ofAttempts = db.select({ id: attempts.id }).from(attempts).where(eq(attempts.userId, userId))
    return {
      erased: {
        sessions: await rows(sessions, eq(sessions.userId, userId)),
        events: await rows(schema.events, eq(schema.events.userId, userId)),
        messages: await rows(schema.messages, inArray(schema.messages.sessionId, ofSessions)),
        attempts: await rows(attempts, eq(attempts.userId, userId)),
        answers: await rows(schema.answers, inArray(schema.answers.attemptId, ofAttempts)),
        codeSubmissions: await rows(schema.codeSubmissions, inArray(schema.codeSubmissions.attemptId, ofAttempts)),
        grades: await rows(schema.grades, inArray(schema.grades.attemptId, ofAttempts)),
        assignments: await rows(schema.examAssignments, eq(schema.examAssignments.userId, userId)),
        accommodations: await rows(schema.accommodations, eq(schema.accommodations.userId, userId)),
        faces: await rows(users, and(eq(users.id, userId), isNotNull(users.faceEmbedding))),
        devices: await rows(schema.devices, eq(schema.devices.userId, userId)),
        invitations: await rows(schema.invitations, eq(schema.invitations.email, user.email))
      },
      kept: {
        exams: await rows(schema.exams, eq(schema.exams.ownerId, userId)),
        auditEntries: await rows(schema.auditLog, eq(schema.auditLog.actorId, userId))
      }
    }
  })
}
