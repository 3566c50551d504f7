import { List, Paper, Title } from '@mantine/core'
import { t } from './text.ts'

interface Props {
  readonly examId: string
  /** What the exam asks of its candidates, in sentences. */
  readonly conditions: readonly string[]
}

/** What is watched in this exam, and its rules, in plain words. */
export function Watched ({ conditions }: Props) {
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('rules')}>
      <Title order={2} mb='xs'>{t('rules')}</Title>
      <List spacing={4}>{conditions.map(sentence => <List.Item key={sentence}>{sentence}</List.Item>)}</List>
    </Paper>
  )
}
