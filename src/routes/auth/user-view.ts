import type { User } from '../../../db/index.ts'

/** What of a user an answer shows. */
export function userView ({ id, email, name, role, locale, hasFace, createdAtMs }: User) {
  return { id, email, name, role, locale, hasFace, createdAtMs }
}
