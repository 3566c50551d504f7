import { useQuery } from '@tanstack/react-query'
import { request } from '../../api/login.ts'
import { useLanguage } from '../../text/index.ts'

interface Titles { readonly rules: ReadonlyArray<{ readonly kind: string, readonly title: string }> }

/** The names of the rules in the reader's language. */
export function useRuleTitles (): Titles['rules'] {
  const language = useLanguage()
  const { data } = useQuery({
    queryKey: ['get', '/api/v1/policy/rules', language],
    queryFn: async () => await request<Titles>('GET', '/policy/rules')
  })
  return data?.rules ?? []
}
