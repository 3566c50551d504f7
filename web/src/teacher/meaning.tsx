import { List } from '@mantine/core'
import { dateTime, number } from '../text/format.ts'
import { meaningOf, type Meaning } from './exam-words.ts'
import { spanWords } from './span-words.ts'
import { t } from './text.ts'

/** The settings of an exam in sentences. */
export function Meanings ({ exam }: { readonly exam: Parameters<typeof meaningOf>[0] }) {
  return <List spacing={4}>{meaningOf(exam).map(said => <List.Item key={said.key}>{words(said)}</List.Item>)}</List>
}

function words (said: Meaning): string {
  return t(said.key, {
    ...('opensAtMs' in said && { opens: dateTime(said.opensAtMs) }),
    ...('closesAtMs' in said && { closes: dateTime(said.closesAtMs) }),
    ...('ms' in said && { time: spanWords(said.ms) }),
    ...('count' in said && { count: number(said.count) })
  })
}
