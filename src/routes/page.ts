/** One page of a list. `next` is the cursor of the page after it, null on the last page. */
export interface Page<Row, Cursor> {
  readonly rows: Row[]
  readonly next: Cursor | null
}

/** Reads one row more than the page holds: if it exists, another page follows. The cursor is the last row's `key`. */
export async function readPage<Row extends Readonly<Record<Key, unknown>>, Key extends string = 'id'> (
  limit: number,
  read: (limit: number) => Promise<readonly Row[]>,
  key: Key = 'id' as Key
): Promise<Page<Row, Row[Key]>> {
  const found = await read(limit + 1)
  const rows = found.slice(0, limit)
  return { rows, next: found.length > limit ? rows.at(-1)![key] : null }
}
