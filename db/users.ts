import { and, asc, count, desc, eq, gt, isNotNull, lt, or, sql } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'
import { containing, pageSize } from './page.ts'
import type { Role, UserSecrets, Users } from './types.ts'

/** The queries on users. */
export function createUsers (dialect: Dialect): Users {
  const { users } = dialect.schema

  const open = {
    id: users.id,
    email: users.email,
    name: users.name,
    role: users.role,
    locale: users.locale,
    hasFace: sql<boolean>`${users.faceEmbedding} is not null`.mapWith(value => Number(value) === 1),
    disabledAtMs: users.disabledAtMs,
    tokensValidAfterMs: users.tokensValidAfterMs,
    createdAtMs: users.createdAtMs
  }
  const secret = { ...open, passwordHash: users.passwordHash, faceEmbedding: users.faceEmbedding, facePicture: users.facePicture }

  const openBy = async (db: Queries, condition: ReturnType<typeof eq>) =>
    (await db.select(open).from(users).where(condition).limit(1))[0]
  const secretsBy = (condition: ReturnType<typeof eq>): Promise<UserSecrets | undefined> => dialect.read(async db =>
    (await db.select(secret).from(users).where(condition).limit(1))[0])

  const set = async (id: string, values: Partial<typeof users.$inferInsert>): Promise<boolean> => {
    const result = await dialect.write(async db => await db.update(users).set(values).where(eq(users.id, id)))
    // MySQL counts 0 when the row had these values already.
    return dialect.affected(result) > 0 || await dialect.read(db => openBy(db, eq(users.id, id))) !== undefined
  }

  return {
    create: async (user) => {
      const row = {
        id: user.id ?? newId(),
        email: normalEmail(user.email),
        name: user.name,
        role: user.role,
        passwordHash: user.passwordHash ?? null,
        faceEmbedding: user.faceEmbedding ?? null,
        facePicture: user.facePicture ?? null,
        locale: user.locale ?? 'auto',
        disabledAtMs: null,
        tokensValidAfterMs: 0,
        createdAtMs: Math.trunc(user.createdAtMs)
      }
      await dialect.write(async db => { await db.insert(users).values(row) })
      const { passwordHash, faceEmbedding, facePicture, ...rest } = row
      return { ...rest, hasFace: faceEmbedding !== null }
    },
    byId: (id) => dialect.read(db => openBy(db, eq(users.id, id))),
    byEmail: (email) => dialect.read(db => openBy(db, eq(users.email, normalEmail(email)))),
    secretsById: (id) => secretsBy(eq(users.id, id)),
    secretsByEmail: (email) => secretsBy(eq(users.email, normalEmail(email))),
    list: ({ role, search, before, limit }) => dialect.read(async db => {
      const pattern = search === undefined ? undefined : containing(search.toLowerCase())
      return await db.select(open).from(users).where(and(
        role === undefined ? undefined : eq(users.role, role),
        before === undefined ? undefined : lt(users.id, before),
        pattern === undefined
          ? undefined
          : or(sql`lower(${users.name}) like ${pattern} escape '!'`, sql`${users.email} like ${pattern} escape '!'`)
      )).orderBy(desc(users.id)).limit(pageSize(limit, 500))
    }),
    countByRole: () => dialect.read(async db => {
      const rows = await db.select({ role: users.role, users: count() }).from(users).groupBy(users.role)
      const counts: Record<Role, number> = { student: 0, teacher: 0, admin: 0 }
      for (const row of rows) counts[row.role] = row.users
      return counts
    }),
    listFaces: ({ after, limit }) => dialect.read(async db => {
      const rows = await db.select({ id: users.id, faceEmbedding: users.faceEmbedding }).from(users)
        .where(and(isNotNull(users.faceEmbedding), after === undefined ? undefined : gt(users.id, after)))
        .orderBy(asc(users.id)).limit(pageSize(limit, 500))
      return rows.flatMap(({ id, faceEmbedding }) => faceEmbedding === null ? [] : [{ id, faceEmbedding }])
    }),
    setProfile: async (id, { name, locale }) => {
      const values = { ...(name === undefined ? {} : { name }), ...(locale === undefined ? {} : { locale }) }
      if (Object.keys(values).length === 0) return await dialect.read(db => openBy(db, eq(users.id, id))) !== undefined
      return await set(id, values)
    },
    setRole: (id, role) => set(id, { role }),
    setPassword: (id, passwordHash) => set(id, { passwordHash }),
    setFace: (id, { embedding, picture }) => set(id, { faceEmbedding: embedding, facePicture: picture ?? null }),
    setDisabled: (id, disabledAtMs) => set(id, { disabledAtMs }),
    setTokensValidAfter: (id, tokensValidAfterMs) => set(id, { tokensValidAfterMs }),
    delete: async (id) => dialect.affected(await dialect.write(async db => await db.delete(users).where(eq(users.id, id)), 'long')) > 0
  }
}

/** One spelling an address, so that the unique index means one account. */
function normalEmail (email: string): string {
  return email.trim().toLowerCase()
}
