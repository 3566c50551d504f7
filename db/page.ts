/** A page's size within 1..`max`; callers check what users send, this only bounds it. */
export function pageSize (limit: number, max: number): number {
  return Math.min(Math.max(1, Math.trunc(limit) || 1), max)
}

/** Reads a list in pages, each after the last id of the page before, until a page is not full. */
export async function * pages<Row extends { readonly id: string }> (
  limit: number,
  read: (limit: number, lastId: string | undefined) => Promise<readonly Row[]>
): AsyncGenerator<readonly Row[]> {
  for (let lastId: string | undefined; ;) {
    const page = await read(limit, lastId)
    yield page
    if (page.length < limit) return
    lastId = page.at(-1)!.id
  }
}

/** The rows of all `pages`. */
export async function * allRows<Row extends { readonly id: string }> (
  limit: number,
  read: (limit: number, lastId: string | undefined) => Promise<readonly Row[]>
): AsyncGenerator<Row> {
  for await (const page of pages(limit, read)) yield * page
}

/** A LIKE pattern that finds `part` anywhere, with `!` as the escape sign. */
export function containing (part: string): string {
  return `%${part.replace(/[!%_]/g, sign => `!${sign}`)}%`
}
