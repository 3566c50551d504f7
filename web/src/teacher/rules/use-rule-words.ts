import { query } from '../../api/client.ts'
import { useLanguage } from '../../text/index.ts'
import type { RuleWords } from './policy-form.ts'

/** Every rule and preset in the reader's language. */
export function useRuleWords () {
  useLanguage()
  return query.useQuery('get', '/api/v1/policy/rules', {}, { staleTime: 600_000 })
}

const NONE: readonly RuleWords[] = []

/** The rules alone; none until they are read. */
export const useRuleTitles = (): readonly RuleWords[] => useRuleWords().data?.rules ?? NONE
