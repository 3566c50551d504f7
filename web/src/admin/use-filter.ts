import { useSearchParams } from 'wouter'

/** Filters that stand in the address, so that a search can be sent and survives a reload; '' where one is not set. */
export function useFilter<Name extends string> (...names: readonly Name[]) {
  const [search, setSearch] = useSearchParams()
  const values = Object.fromEntries(names.map(name => [name, search.get(name)?.trim() ?? ''])) as Record<Name, string>
  const set = (name: Name, value: string | null) => setSearch(before => {
    const next = new URLSearchParams(before)
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
    return next
  }, { replace: true })
  const clear = () => setSearch(before => {
    const next = new URLSearchParams(before)
    for (const name of names) next.delete(name)
    return next
  }, { replace: true })
  return { values, set, clear, isSet: names.some(name => values[name] !== '') }
}

/** A day in the reader's time zone, `2026-11-27`, as the moments of its start and of its end. */
export function dayMs (day: string): { readonly fromMs: number, readonly toMs: number } | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day)
  if (match === null) return undefined
  const [year, month, date] = match.slice(1).map(Number) as [number, number, number]
  const [from, to] = [new Date(year, month - 1, date), new Date(year, month - 1, date + 1)]
  return from.getMonth() === month - 1 ? { fromMs: from.getTime(), toMs: to.getTime() } : undefined
}
