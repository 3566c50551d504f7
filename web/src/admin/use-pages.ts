import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'

interface Page {
  readonly next: string | null
}

/** A list that is read page by page. While a filter changes, the rows of before stay. */
export function usePages<P extends Page> (
  path: string, filter: object, read: (before: object) => Promise<P>, againMs?: number
) {
  return useInfiniteQuery({
    queryKey: ['get', path, 'pages', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => await read(pageParam === undefined ? {} : { before: pageParam }),
    getNextPageParam: page => page.next ?? undefined,
    placeholderData: keepPreviousData,
    ...(againMs !== undefined && { refetchInterval: againMs })
  })
}

/** Only what is set: the API takes no empty filters. */
export const given = <T extends object>(filter: T): Partial<{ [K in keyof T]: NonNullable<T[K]> }> =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== '')) as never
