/** Does `work` for each item, at most `size` at a time, and gives the results in the order of the items. */
export async function inBatches<T, R> (items: readonly T[], size: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += size) {
    results.push(...await Promise.all(items.slice(at, at + size).map(work)))
  }
  return results
}
