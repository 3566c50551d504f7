import { and, desc, eq, gt, inArray, isNull, lt, max, min, sql, type SQL } from 'drizzle-orm'
import type { NewRefreshToken, RefreshToken, RefreshTokens } from './account-types.ts'
import { addDevice } from './devices.ts'
import type { Dialect, Queries } from './dialect.ts'
import { newId, timeOfId } from './id.ts'
import { pageSize } from './page.ts'

/** Successors of one login that may be unused at the same time; a browser's tabs may all ask at once. */
const SUCCESSORS_MAX = 20

/** The queries on refresh tokens. */
export function createRefreshTokens (dialect: Dialect): RefreshTokens {
  const { refreshTokens: tokens, users, devices } = dialect.schema

  return {
    create: async (given) => {
      const token = fresh(given)
      await dialect.write(async db => { await db.insert(tokens).values(token) })
      return token
    },
    issue: (given, credentialVersion, newDevice) =>
      dialect.transaction(async tx => {
        // Takes the lock of the user's row: a change of the credentials is either seen here, or comes later and ends
        // this login.
        await tx
          .update(users)
          .set({ credentialVersion: sql`${users.credentialVersion}` })
          .where(eq(users.id, given.userId))
        const isUnchanged = and(
          eq(users.id, given.userId),
          eq(users.credentialVersion, credentialVersion),
          isNull(users.disabledAtMs)
        )
        const [user] = await tx.select({ id: users.id }).from(users).where(isUnchanged).limit(1)
        if (user === undefined) return undefined
        const device = newDevice === undefined ? undefined : await addDevice(tx, dialect.schema, user.id, newDevice)
        const token = fresh({ ...given, deviceId: device?.id ?? given.deviceId ?? null })
        await tx.insert(tokens).values(token)
        return token
      }),
    byHash: tokenHash =>
      dialect.read(async db => (await db.select().from(tokens).where(eq(tokens.tokenHash, tokenHash)).limit(1))[0]),
    logins: (userId, atMs, limit) =>
      dialect.read(async db => {
        const last = max(tokens.id)
        const families = await db
          .select({ id: tokens.familyId, first: min(tokens.id), last, deviceId: max(tokens.deviceId) })
          .from(tokens)
          .where(and(eq(tokens.userId, userId), isNull(tokens.revokedAtMs), gt(tokens.expiresAtMs, atMs)))
          .groupBy(tokens.familyId)
          .orderBy(desc(last))
          .limit(pageSize(limit, 100))
        const rows = await db
          .select({ id: devices.id, label: devices.label })
          .from(devices)
          .where(eq(devices.userId, userId))
        const labels = new Map(rows.map(({ id, label }) => [id, label]))
        return families.map(({ id, first, last, deviceId }) => ({
          id,
          startedAtMs: Math.min(timeOfId(id), timeOfId(first!)),
          usedAtMs: timeOfId(last!),
          label: labels.get(deviceId ?? '') ?? null
        }))
      }),
    rotate: (tokenHash, next, atMs, { graceMs = 0, deviceTokenHashes = [] } = {}) =>
      dialect.transaction(async tx => {
        // The update decides who is first; what is read afterwards only explains.
        const used = await tx
          .update(tokens)
          .set({ usedAtMs: atMs })
          .where(
            and(
              eq(tokens.tokenHash, tokenHash),
              isNull(tokens.usedAtMs),
              isNull(tokens.revokedAtMs),
              gt(tokens.expiresAtMs, atMs)
            )
          )
        const old = (await tx.select().from(tokens).where(eq(tokens.tokenHash, tokenHash)).limit(1))[0]
        if (old === undefined) return { outcome: 'invalid' }
        const token = fresh({ userId: old.userId, familyId: old.familyId, deviceId: old.deviceId, ...next })
        if (dialect.affected(used) === 1) {
          // Other successors of the same token have been overtaken: who comes with one later than the grace is somebody
          // else.
          await tx
            .update(tokens)
            .set({ usedAtMs: atMs })
            .where(and(eq(tokens.familyId, old.familyId), isNull(tokens.usedAtMs), isNull(tokens.revokedAtMs)))
          await tx.insert(tokens).values(token)
          return { outcome: 'rotated', token }
        }
        if (old.usedAtMs === null) return { outcome: 'invalid' }
        const isSameDevice = await isOfDevice(tx, old, deviceTokenHashes)
        // Decided by the insert itself, as above: a successor may be used in this very moment.
        const again = await tx
          .insert(tokens)
          .select(successorOf(tokenHash, token, atMs, isSameDevice ? undefined : graceMs))
        if (dialect.affected(again) === 1) {
          if (isSameDevice) await useUpOldest(tx, old.familyId, atMs)
          return { outcome: 'rotated', token }
        }
        await tx
          .update(tokens)
          .set({ revokedAtMs: atMs })
          .where(and(eq(tokens.familyId, old.familyId), isNull(tokens.revokedAtMs)))
        return { outcome: 'reused', userId: old.userId, familyId: old.familyId }
      }),
    revokeFamily: async (familyId, atMs) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(tokens)
              .set({ revokedAtMs: atMs })
              .where(and(eq(tokens.familyId, familyId), isNull(tokens.revokedAtMs)))
        )
      ) > 0,
    deleteExpired: async atMs =>
      dialect.affected(await dialect.write(async db => await db.delete(tokens).where(lt(tokens.expiresAtMs, atMs))))
  }

  /** Whether one of these tokens belongs to the device that made the login of `token`. */
  async function isOfDevice (
    tx: Queries,
    { deviceId, userId }: RefreshToken,
    tokenHashes: readonly string[]
  ): Promise<boolean> {
    if (deviceId === null || tokenHashes.length === 0) return false
    return (
      (
        await tx
          .select({ id: devices.id })
          .from(devices)
          .where(
            and(inArray(devices.tokenHash, [...tokenHashes]), eq(devices.id, deviceId), eq(devices.userId, userId))
          )
          .limit(1)
      ).length > 0
    )
  }

  /**
   * Of the unused tokens of a browser's login the newest stay. More tabs than that may ask at once; each can use its
   * token later all the same, since it comes from the device of the login.
   */
  async function useUpOldest (tx: Queries, familyId: string, atMs: number): Promise<void> {
    const waiting = await tx
      .select({ id: tokens.id })
      .from(tokens)
      .where(and(eq(tokens.familyId, familyId), isNull(tokens.usedAtMs), isNull(tokens.revokedAtMs)))
      .orderBy(desc(tokens.id))
    const oldest = waiting.slice(SUCCESSORS_MAX).map(({ id }) => id)
    if (oldest.length > 0) await tx.update(tokens).set({ usedAtMs: atMs }).where(inArray(tokens.id, oldest))
  }

  /**
   * The row of `token`, if the old one may be used again. Without `graceMs` until it expires; else shortly after its
   * first use, while none of its successors has been used and few of them are waiting.
   */
  function successorOf (tokenHash: string, token: RefreshToken, atMs: number, graceMs: number | undefined): SQL {
    const family = sql`from ${tokens} relative where relative.family_id = ${tokens.familyId}`
    return sql`select ${values(token)} from ${tokens} where ${and(
      eq(tokens.tokenHash, tokenHash), isNull(tokens.revokedAtMs), gt(tokens.expiresAtMs, atMs),
      graceMs === undefined ? undefined : gt(tokens.usedAtMs, atMs - graceMs),
      graceMs === undefined
        ? undefined
        : sql`not exists (select 1 ${family} and relative.used_at > ${tokens.usedAtMs})`,
      graceMs === undefined
        ? undefined
        : sql`(select count(*) ${family} and relative.used_at is null) < ${SUCCESSORS_MAX}`
    )}`
  }

  /** The columns of a new row, in the order of the table. */
  function values ({ id, userId, familyId, deviceId, tokenHash, expiresAtMs }: RefreshToken): SQL {
    return sql`${id}, ${userId}, ${familyId}, ${deviceId}, ${tokenHash}, ${sql.param(expiresAtMs, tokens.expiresAtMs)}, null, null`
  }
}

function fresh ({ id, userId, familyId, deviceId, tokenHash, expiresAtMs }: NewRefreshToken): RefreshToken {
  return {
    id: id ?? newId(),
    userId,
    familyId: familyId ?? newId(),
    deviceId: deviceId ?? null,
    tokenHash,
    expiresAtMs: Math.trunc(expiresAtMs),
    usedAtMs: null,
    revokedAtMs: null
  }
}
