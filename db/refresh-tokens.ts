import { and, eq, gt, isNull, lt, sql, type SQL } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { newId } from './id.ts'
import type { RefreshToken, RefreshTokens } from './types.ts'

/** Successors of one login that may be unused at the same time; a browser's tabs may all ask at once. */
const SUCCESSORS_MAX = 20

/** The queries on refresh tokens. */
export function createRefreshTokens (dialect: Dialect): RefreshTokens {
  const { refreshTokens: tokens } = dialect.schema

  return {
    create: async ({ id, userId, familyId, tokenHash, expiresAtMs }) => {
      const token = fresh({ id: id ?? newId(), userId, familyId: familyId ?? newId(), tokenHash, expiresAtMs })
      await dialect.write(async db => { await db.insert(tokens).values(token) })
      return token
    },
    byHash: (tokenHash) => dialect.read(async db => (await db.select().from(tokens).where(eq(tokens.tokenHash, tokenHash)).limit(1))[0]),
    rotate: (tokenHash, next, atMs, graceMs = 0) => dialect.transaction(async tx => {
      // The update decides who is first; what is read afterwards only explains.
      const used = await tx.update(tokens).set({ usedAtMs: atMs }).where(and(
        eq(tokens.tokenHash, tokenHash), isNull(tokens.usedAtMs), isNull(tokens.revokedAtMs), gt(tokens.expiresAtMs, atMs)
      ))
      const old = (await tx.select().from(tokens).where(eq(tokens.tokenHash, tokenHash)).limit(1))[0]
      if (old === undefined) return { outcome: 'invalid' }
      if (dialect.affected(used) === 1) {
        // Other successors of the same token have been overtaken: who comes with one later than the grace is somebody else.
        await tx.update(tokens).set({ usedAtMs: atMs }).where(and(eq(tokens.familyId, old.familyId), isNull(tokens.usedAtMs), isNull(tokens.revokedAtMs)))
        const token = fresh({ id: newId(), userId: old.userId, familyId: old.familyId, ...next })
        await tx.insert(tokens).values(token)
        return { outcome: 'rotated', token }
      }
      if (old.usedAtMs === null) return { outcome: 'invalid' }
      const token = fresh({ id: newId(), userId: old.userId, familyId: old.familyId, ...next })
      // Decided by the insert itself, as above: a successor may be used in this very moment.
      const again = await tx.insert(tokens).select(successorOf(tokenHash, token, atMs, graceMs))
      if (dialect.affected(again) === 1) return { outcome: 'rotated', token }
      await tx.update(tokens).set({ revokedAtMs: atMs }).where(and(eq(tokens.familyId, old.familyId), isNull(tokens.revokedAtMs)))
      return { outcome: 'reused', userId: old.userId, familyId: old.familyId }
    }),
    revokeFamily: async (familyId, atMs) => dialect.affected(await dialect.write(async db =>
      await db.update(tokens).set({ revokedAtMs: atMs }).where(and(eq(tokens.familyId, familyId), isNull(tokens.revokedAtMs))))) > 0,
    revokeAll: async (userId, atMs) => dialect.affected(await dialect.write(async db =>
      await db.update(tokens).set({ revokedAtMs: atMs }).where(and(eq(tokens.userId, userId), isNull(tokens.revokedAtMs))))),
    deleteExpired: async (atMs) => dialect.affected(await dialect.write(async db => await db.delete(tokens).where(lt(tokens.expiresAtMs, atMs))))
  }

  /** The row of `token`, if the old one was used shortly ago, nobody has used a successor, and few are waiting. */
  function successorOf (tokenHash: string, { id, userId, familyId, expiresAtMs, ...token }: RefreshToken, atMs: number, graceMs: number): SQL {
    const family = sql`from ${tokens} relative where relative.family_id = ${tokens.familyId}`
    const time = (ms: number) => sql.param(ms, tokens.expiresAtMs)
    return sql`select ${id}, ${userId}, ${familyId}, ${token.tokenHash}, ${time(expiresAtMs)}, null, null from ${tokens} where ${and(
      eq(tokens.tokenHash, tokenHash), isNull(tokens.revokedAtMs), gt(tokens.usedAtMs, atMs - graceMs), gt(tokens.expiresAtMs, atMs),
      sql`not exists (select 1 ${family} and relative.used_at > ${tokens.usedAtMs})`,
      sql`(select count(*) ${family} and relative.used_at is null) < ${SUCCESSORS_MAX}`
    )}`
  }
}

function fresh (token: { id: string, userId: string, familyId: string, tokenHash: string, expiresAtMs: number }): RefreshToken {
  return { ...token, expiresAtMs: Math.trunc(token.expiresAtMs), usedAtMs: null, revokedAtMs: null }
}
