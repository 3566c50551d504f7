import { and, count, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm'
import type { Invitation, Invitations } from './account-types.ts'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'
import { pageSize } from './page.ts'
import { addUser, normalEmail, withoutSecrets } from './users.ts'

/** The queries on invitations. */
export function createInvitations (dialect: Dialect): Invitations {
  const { invitations, users, exams, examAssignments } = dialect.schema

  const open = {
    id: invitations.id,
    createdBy: invitations.createdBy,
    role: invitations.role,
    email: invitations.email,
    examId: invitations.examId,
    usesMax: invitations.usesMax,
    uses: invitations.uses,
    createdAtMs: invitations.createdAtMs,
    expiresAtMs: invitations.expiresAtMs,
    revokedAtMs: invitations.revokedAtMs
  }

  const isOpen = (atMs: number) =>
    and(isNull(invitations.revokedAtMs), gt(invitations.expiresAtMs, atMs), lt(invitations.uses, invitations.usesMax))

  /**
   * An invitation is worth what its creator may give now: a creator who was disabled or lost the role gives nothing.
   */
  const creatorMay = and(isNull(users.disabledAtMs), or(
    eq(users.role, 'admin'), and(eq(users.role, 'teacher'), eq(invitations.role, 'student'))
  ))

  const usable = async (db: Queries, tokenHash: string, email: string, atMs: number): Promise<Invitation | undefined> =>
    (await db.select(open).from(invitations).innerJoin(users, eq(users.id, invitations.createdBy)).where(and(
      eq(invitations.tokenHash, tokenHash), isOpen(atMs), creatorMay,
      or(isNull(invitations.email), eq(invitations.email, normalEmail(email)))
    )).limit(1))[0]

  return {
    create: ({ tokenHash, email, examId, ...given }, openMax) =>
      dialect.transaction(async tx => {
        const { createdBy, createdAtMs } = given
        const [counted] = await tx
          .select({ open: count() })
          .from(invitations)
          .where(and(eq(invitations.createdBy, createdBy), isOpen(createdAtMs)))
        if ((counted?.open ?? 0) >= openMax) return undefined
        const invitation: Invitation = {
          ...given,
          id: newId(),
          email: email == null ? null : normalEmail(email),
          examId: examId ?? null,
          uses: 0,
          revokedAtMs: null
        }
        await tx.insert(invitations).values({ ...invitation, tokenHash })
        return invitation
      }),
    byId: id =>
      dialect.read(async db => (await db.select(open).from(invitations).where(eq(invitations.id, id)).limit(1))[0]),
    usable: (tokenHash, email, atMs) => dialect.read(db => usable(db, tokenHash, email, atMs)),
    list: ({ createdBy, before, limit }) =>
      dialect.read(
        async db =>
          await db
            .select(open)
            .from(invitations)
            .where(
              and(
                createdBy === undefined ? undefined : eq(invitations.createdBy, createdBy),
                before === undefined ? undefined : lt(invitations.id, before)
              )
            )
            .orderBy(desc(invitations.id))
            .limit(pageSize(limit, 500))
      ),
    revoke: async (id, atMs) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(invitations)
              .set({ revokedAtMs: atMs, email: null })
              .where(and(eq(invitations.id, id), isNull(invitations.revokedAtMs)))
        )
      ) > 0,
    redeem: (tokenHash, user, atMs) =>
      dialect.transaction(async tx => {
        // The update decides who gets the last use, and holds the row until the account is made.
        const counted = await tx
          .update(invitations)
          .set({ uses: sql`${invitations.uses} + 1` })
          .where(and(eq(invitations.tokenHash, tokenHash), isOpen(atMs)))
        if (dialect.affected(counted) === 0) return undefined
        const invitation = (
          await tx
            .select(open)
            .from(invitations)
            .innerJoin(users, eq(users.id, invitations.createdBy))
            .where(
              and(
                eq(invitations.tokenHash, tokenHash),
                creatorMay,
                or(isNull(invitations.email), eq(invitations.email, normalEmail(user.email)))
              )
            )
            .limit(1)
        )[0]
        if (invitation === undefined) {
          await tx
            .update(invitations)
            .set({ uses: sql`${invitations.uses} - 1` })
            .where(eq(invitations.tokenHash, tokenHash))
          return undefined
        }
        const row = await addUser(tx, dialect.schema, { ...user, role: invitation.role })
        // The address now stands in the account; erasing the account leaves it nowhere.
        if (invitation.email !== null) {
          await tx.update(invitations).set({ email: null }).where(eq(invitations.id, invitation.id))
        }
        if (invitation.examId !== null) {
          const exam = (
            await tx.select({ id: exams.id }).from(exams).where(eq(exams.id, invitation.examId)).limit(1)
          )[0]
          if (exam !== undefined) await tx.insert(examAssignments).values({ examId: exam.id, userId: row.id })
        }
        return { user: withoutSecrets(row), invitation }
      }),
    deleteExpired: async atMs =>
      dialect.affected(
        await dialect.write(async db => await db.delete(invitations).where(lt(invitations.expiresAtMs, atMs)))
      )
  }
}
