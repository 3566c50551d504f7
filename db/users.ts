import { and, asc, count, desc, eq, gt, inArray, isNotNull, isNull, lt, sql } from 'drizzle-orm'
import type { MySqlUpdateSetSource } from 'drizzle-orm/mysql-core'
import { defined } from '../lib/defined.ts'
import type { NewUser, Role, User, UserSecrets, Users } from './account-types.ts'
import type { Dialect, Queries } from './dialect.ts'
import { addFaceChange, hasFace } from './face-enrollments.ts'
import { foldForSearch } from './fold.ts'
import { keepHeldFace } from './held-faces.ts'
import { newId } from './id.ts'
import { pageSize } from './page.ts'
import { matching } from './search.ts'

/** The queries on users. */
export function createUsers (dialect: Dialect): Users {
  const { users, refreshTokens, devices, sessions } = dialect.schema

  const open = {
    id: users.id,
    email: users.email,
    name: users.name,
    role: users.role,
    locale: users.locale,
    hasFace: hasFace(dialect),
    disabledAtMs: users.disabledAtMs,
    tokensValidAfterMs: users.tokensValidAfterMs,
    credentialVersion: users.credentialVersion,
    createdAtMs: users.createdAtMs
  }
  const secret = {
    ...open,
    passwordHash: users.passwordHash,
    faceEmbedding: users.faceEmbedding,
    facePicture: users.facePicture
  }

  const openBy = async (db: Queries, condition: ReturnType<typeof eq>) =>
    (await db.select(open).from(users).where(condition).limit(1))[0]
  const secretsBy = (condition: ReturnType<typeof eq>): Promise<UserSecrets | undefined> => dialect.read(async db =>
    (await db.select(secret).from(users).where(condition).limit(1))[0])

  /** What every change of a credential sets beside it. */
  const nextVersion = { credentialVersion: sql`${users.credentialVersion} + 1` }

  /** One more, so that a token signed in this very millisecond is void too. */
  const validAfter = (atMs: number): number => Math.trunc(atMs) + 1

  const revokeAll = async (tx: Queries, id: string, atMs: number): Promise<void> => {
    await tx
      .update(refreshTokens)
      .set({ revokedAtMs: atMs })
      .where(and(eq(refreshTokens.userId, id), isNull(refreshTokens.revokedAtMs)))
  }

  const set = async (id: string, values: MySqlUpdateSetSource<typeof users>): Promise<boolean> => {
    const result = await dialect.write(async db => await db.update(users).set(values).where(eq(users.id, id)))
    // MySQL counts 0 when the row had these values already.
    return dialect.affected(result) > 0 || await dialect.read(db => openBy(db, eq(users.id, id))) !== undefined
  }

  return {
    create: async user => {
      if (user.faceEmbedding == null) {
        return withoutSecrets(await dialect.write(async db => await addUser(db, dialect.schema, user)))
      }
      return withoutSecrets(await dialect.transaction(async tx => await addUser(tx, dialect.schema, user)))
    },
    byId: (id) => dialect.read(db => openBy(db, eq(users.id, id))),
    namesOf: ids => dialect.read(async db => {
      if (ids.length === 0) return {}
      const rows = await db.select({ id: users.id, name: users.name }).from(users).where(inArray(users.id, [...ids]))
      return Object.fromEntries(rows.map(({ id, name }) => [id, name]))
    }),
    byEmail: (email) => dialect.read(db => openBy(db, eq(users.email, normalEmail(email)))),
    secretsById: (id) => secretsBy(eq(users.id, id)),
    secretsByEmail: (email) => secretsBy(eq(users.email, normalEmail(email))),
    list: ({ role, search, before, limit }) => dialect.read(async db => {
      return await db.select(open).from(users).where(and(
        role === undefined ? undefined : eq(users.role, role),
        before === undefined ? undefined : lt(users.id, before),
        matching(search, users.nameFolded, users.emailFolded)
      )).orderBy(desc(users.id)).limit(pageSize(limit, 500))
    }),
    countByRole: () => dialect.read(async db => {
      const rows = await db.select({ role: users.role, users: count() }).from(users).groupBy(users.role)
      const counts: Record<Role, number> = { student: 0, teacher: 0, admin: 0 }
      for (const row of rows) counts[row.role] = row.users
      return counts
    }),
    hasAdminLoggedIn: () => dialect.read(async db => {
      const [device] = await db.select({ id: devices.id }).from(users)
        .innerJoin(devices, eq(devices.userId, users.id)).where(eq(users.role, 'admin')).limit(1)
      return device !== undefined
    }),
    listFaces: ({ after, limit }) => dialect.read(async db => {
      const rows = await db.select({ id: users.id, faceEmbedding: users.faceEmbedding }).from(users)
        .where(and(isNotNull(users.faceEmbedding), after === undefined ? undefined : gt(users.id, after)))
        .orderBy(asc(users.id)).limit(pageSize(limit, 500))
      return rows.flatMap(({ id, faceEmbedding }) => faceEmbedding === null ? [] : [{ id, faceEmbedding }])
    }),
    setProfile: async (id, { name, locale }) => {
      const values = {
        ...(name !== undefined && { name, nameFolded: foldForSearch(name) }),
        ...defined({ locale })
      }
      if (Object.keys(values).length === 0) {
        return (await dialect.read(db => openBy(db, eq(users.id, id)))) !== undefined
      }
      return await set(id, values)
    },
    setRole: (id, role) => set(id, { role, ...nextVersion }),
    setPassword: (id, passwordHash) => set(id, { passwordHash, ...nextVersion }),
    replacePassword: (id, { passwordHash, ifVersion, forgetsOthers, atMs }) =>
      dialect.transaction(async tx => {
        const hadFace =
          forgetsOthers !== false &&
          (await dialect.locked(tx.select({ hasFace: open.hasFace }).from(users).where(eq(users.id, id))))[0]?.hasFace
        if (hadFace === true) await keepHeldFace(tx, dialect, id, atMs)
        const changed = await tx
          .update(users)
          .set({
            passwordHash,
            tokensValidAfterMs: validAfter(atMs),
            ...nextVersion,
            ...(forgetsOthers !== false && { faceEmbedding: null, facePicture: null })
          })
          .where(and(eq(users.id, id), ifVersion === undefined ? undefined : eq(users.credentialVersion, ifVersion)))
        if (dialect.affected(changed) === 0) return undefined
        await revokeAll(tx, id, atMs)
        if (forgetsOthers !== false) await tx.delete(devices).where(eq(devices.userId, id))
        if (forgetsOthers !== false && hadFace === true) {
          await addFaceChange(tx, dialect.schema, id, 'removed', { ...forgetsOthers, atMs })
        }
        return (await tx.select({ version: users.credentialVersion }).from(users).where(eq(users.id, id)).limit(1))[0]
          ?.version
      }),
    rehashPassword: async (id, oldHash, newHash) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(users)
              .set({ passwordHash: newHash })
              .where(and(eq(users.id, id), eq(users.passwordHash, oldHash)))
        )
      ) > 0,
    setFace: (id, { embedding, picture, change }) =>
      dialect.transaction(async tx => {
        // A session that is being opened asks for this row as well: it is seen here, or it begins after this change.
        const [user] = await dialect.locked(tx.select({ hasFace: open.hasFace }).from(users).where(eq(users.id, id)))
        if (user === undefined) return 'missing'
        const [session] = await tx.select({ id: sessions.id }).from(sessions).where(eq(sessions.openFor, id)).limit(1)
        if (session !== undefined) return 'in_use'
        await keepHeldFace(tx, dialect, id, change.atMs)
        await tx
          .update(users)
          .set({ faceEmbedding: embedding, facePicture: picture ?? null, ...nextVersion })
          .where(eq(users.id, id))
        if (embedding !== null) {
          await addFaceChange(tx, dialect.schema, id, user.hasFace ? 'replaced' : 'enrolled', change)
        } else if (user.hasFace) await addFaceChange(tx, dialect.schema, id, 'removed', change)
        return 'done'
      }),
    setDisabled: (id, disabledAtMs) => set(id, { disabledAtMs, ...nextVersion }),
    endLogins: (id, atMs) =>
      dialect.transaction(async tx => {
        const ended = await tx
          .update(users)
          .set({ tokensValidAfterMs: validAfter(atMs), ...nextVersion })
          .where(eq(users.id, id))
        if (dialect.affected(ended) === 0) return false
        await revokeAll(tx, id, atMs)
        return true
      }),
    delete: async id =>
      dialect.affected(await dialect.write(async db => await db.delete(users).where(eq(users.id, id)), 'long')) > 0
  }
}

/** Inserts a user, and where it comes with a face the history of that: in a transaction then. */
export async function addUser (
  db: Queries,
  schema: Dialect['schema'],
  user: NewUser
): Promise<ReturnType<typeof userRow>> {
  const row = userRow(user)
  await db.insert(schema.users).values(row)
  if (row.faceEmbedding !== null) {
    await addFaceChange(db, schema, row.id, 'enrolled', {
      by: row.id,
      address: '',
      ...user.faceFrom,
      atMs: row.createdAtMs
    })
  }
  return row
}

/** The row of a new user. */
function userRow (user: NewUser) {
  const email = normalEmail(user.email)
  return {
    id: user.id ?? newId(),
    email,
    emailFolded: foldForSearch(email),
    name: user.name,
    nameFolded: foldForSearch(user.name),
    role: user.role,
    passwordHash: user.passwordHash ?? null,
    faceEmbedding: user.faceEmbedding ?? null,
    facePicture: user.facePicture ?? null,
    locale: user.locale ?? 'auto',
    disabledAtMs: null,
    tokensValidAfterMs: 0,
    credentialVersion: 0,
    createdAtMs: Math.trunc(user.createdAtMs)
  }
}

/** What of a row everybody may read. */
export function withoutSecrets ({
  passwordHash,
  faceEmbedding,
  facePicture,
  emailFolded,
  nameFolded,
  ...rest
}: ReturnType<typeof userRow>): User {
  return { ...rest, hasFace: faceEmbedding !== null }
}

/** One spelling an address, so that the unique index means one account. */
export function normalEmail (email: string): string {
  return email.trim().toLowerCase()
}
