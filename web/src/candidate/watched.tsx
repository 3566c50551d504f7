import { List, Paper, Title } from '@mantine/core'
import { query } from '../api/client.ts'
import { language } from '../text/index.ts'
import { t } from './text.ts'

interface Props {
  readonly examId: string
  /** What the exam asks of its candidates, in sentences: shown while the whole notice is not there. */
  readonly conditions: readonly string[]
}

/** What is watched in this exam and what is not, the rules, who decides, and what is kept: in plain words. */
export function Watched ({ examId, conditions }: Props) {
  const { data } = query.useQuery('get', '/api/v1/exams/{examId}/notice', {
    params: { path: { examId }, query: { lang: language() } }
  })
  const sections = data === undefined
    ? [{ title: t('rules'), sentences: conditions }]
    : data.sections.map(({ title, sentences }) => ({ title, sentences: sentences.map(({ text }) => text) }))
  return sections.filter(({ sentences }) => sentences.length > 0).map(({ title, sentences }) => (
    <Paper key={title} withBorder p='md' bg='var(--card)' component='section' aria-label={title}>
      <Title order={2} mb='xs'>{title}</Title>
      <List spacing={4}>{sentences.map(sentence => <List.Item key={sentence}>{sentence}</List.Item>)}</List>
    </Paper>
  ))
}
