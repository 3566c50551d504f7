import { and, eq, gt, isNull, lt } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { newId } from './id.ts'
import type { RefreshToken, RefreshTokens } from './types.ts'

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
    rotate: (tokenHash, next, atMs) => dialect.transaction(async tx => {
      // The update decides who is first; what is read afterwards only explains.
      const used = await tx.update(tokens).set({ usedAtMs: atMs }).where(and(
        eq(tokens.tokenHash, tokenHash), isNull(tokens.usedAtMs), isNull(tokens.revokedAtMs), gt(tokens.expiresAtMs, atMs)
      ))
      const old = (await tx.select().from(tokens).where(eq(tokens.tokenHash, tokenHash)).limit(1))[0]
      if (old === undefined) return { outcome: 'invalid' }
      if (dialect.affected(used) === 1) {
        const token = fresh({ id: newId(), userId: old.userId, familyId: old.familyId, ...next })
        await tx.insert(tokens).values(token)
        return { outcome: 'rotated', token }
      }
      if (old.usedAtMs === null) return { outcome: 'invalid' }
      await tx.update(tokens).set({ revokedAtMs: atMs }).where(and(eq(tokens.familyId, old.familyId), isNull(tokens.revokedAtMs)))
      return { outcome: 'reused', userId: old.userId, familyId: old.familyId }
    }),
    revokeFamily: async (familyId, atMs) => dialect.affected(await dialect.write(async db =>
      await db.update(tokens).set({ revokedAtMs: atMs }).where(and(eq(tokens.familyId, familyId), isNull(tokens.revokedAtMs))))) > 0,
    revokeAll: async (userId, atMs) => dialect.affected(await dialect.write(async db =>
      await db.update(tokens).set({ revokedAtMs: atMs }).where(and(eq(tokens.userId, userId), isNull(tokens.revokedAtMs))))),
    deleteExpired: async (atMs) => dialect.affected(await dialect.write(async db => await db.delete(tokens).where(lt(tokens.expiresAtMs, atMs))))
  }
}

function fresh (token: { id: string, userId: string, familyId: string, tokenHash: string, expiresAtMs: number }): RefreshToken {
  return { ...token, expiresAtMs: Math.trunc(token.expiresAtMs), usedAtMs: null, revokedAtMs: null }
}
