/**
 * A function for single items made of one for many: calls of the same turn of the event loop go together, `max` at
 * most. `run` gives a result for each item, in their order; where it fails, all of that group's calls do.
 */
export function grouped<T, R> (
  max: number,
  run: (items: readonly T[]) => Promise<readonly R[]>
): (item: T) => Promise<R> {
  let group: { readonly items: T[], readonly results: Promise<readonly R[]> } | undefined

  function begin (): NonNullable<typeof group> {
    const items: T[] = []
    const begun = {
      items,
      results: Promise.resolve().then(() => {
        if (group === begun) group = undefined
        return run(items)
      })
    }
    return begun
  }

  return async item => {
    if (group === undefined || group.items.length === max) group = begin()
    const { items, results } = group
    const place = items.push(item) - 1
    return (await results)[place]!
  }
}
