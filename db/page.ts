/** A page's size within 1..`max`; callers check what users send, this only bounds it. */
export function pageSize (limit: number, max: number): number {
  return Math.min(Math.max(1, Math.trunc(limit) || 1), max)
}

/** A LIKE pattern that finds `part` anywhere, with `!` as the escape sign. */
export function containing (part: string): string {
  return `%${part.replace(/[!%_]/g, sign => `!${sign}`)}%`
}
