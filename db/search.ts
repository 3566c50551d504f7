import { and, asc, eq, gt, isNull, or, sql, type SQL } from 'drizzle-orm'
import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core'
import type { Dialect } from './dialect.ts'
import { FOLD_VERSION, foldForSearch } from './fold.ts'
import { containing, pages } from './page.ts'

/** Rows that get their folded forms in one transaction. */
const REFOLD_ROWS = 200

/** The setting that says which version of `foldForSearch` all stored forms are of. */
const SETTING = 'fold-version'

/** A condition: one of the folded columns contains the folded `search`; undefined without a search. */
export function matching (search: string | undefined, ...columns: readonly AnyMySqlColumn[]): SQL | undefined {
  if (search === undefined) return undefined
  const pattern = containing(foldForSearch(search))
  return or(...columns.map(column => sql`${column} like ${pattern} escape '!'`))
}

/**
 * Gives rows of an older version, and rows written by an older gateway beside this one, their folded forms. Several
 * processes may do this at once: all write the same.
 */
export async function refold (dialect: Dialect): Promise<void> {
  const { users, exams, settings } = dialect.schema
  const wanted = JSON.stringify(FOLD_VERSION)
  const stored = await dialect.read(
    async db =>
      (await db.select({ value: settings.value }).from(settings).where(eq(settings.key, SETTING)).limit(1))[0]?.value
  )
  const isOld = stored !== wanted
  const oldUsers = pages(
    REFOLD_ROWS,
    (limit, after) =>
      dialect.read(
        async db =>
          await db
            .select({ id: users.id, email: users.email, name: users.name })
            .from(users)
            .where(
              and(
                after === undefined ? undefined : gt(users.id, after),
                isOld ? undefined : or(isNull(users.nameFolded), isNull(users.emailFolded))
              )
            )
            .orderBy(asc(users.id))
            .limit(limit)
      )
  )
  for await (const rows of oldUsers) {
    if (rows.length === 0) continue
    await dialect.transaction(async tx => {
      for (const { id, email, name } of rows) {
        // Only while it is the name that was read: a rename meanwhile has brought its own.
        await tx
          .update(users)
          .set({ emailFolded: foldForSearch(email), nameFolded: foldForSearch(name) })
          .where(and(eq(users.id, id), eq(users.name, name), eq(users.email, email)))
      }
    }, 'long')
  }
  const oldExams = pages(
    REFOLD_ROWS,
    (limit, after) =>
      dialect.read(
        async db =>
          await db
            .select({ id: exams.id, title: exams.title })
            .from(exams)
            .where(
              and(after === undefined ? undefined : gt(exams.id, after), isOld ? undefined : isNull(exams.titleFolded))
            )
            .orderBy(asc(exams.id))
            .limit(limit)
      )
  )
  for await (const rows of oldExams) {
    if (rows.length === 0) continue
    await dialect.transaction(async tx => {
      for (const { id, title } of rows) {
        await tx
          .update(exams)
          .set({ titleFolded: foldForSearch(title) })
          .where(and(eq(exams.id, id), eq(exams.title, title)))
      }
    }, 'long')
  }
  if (isOld) {
    await dialect.write(db =>
      dialect.upsert(db, settings, [{ key: SETTING, value: wanted }], [settings.key], { value: wanted })
    )
  }
}
