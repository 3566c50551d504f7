import { Paper, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { RichText } from '../shared/rich-text.tsx'
import { AnswerInput } from './room/answer-input.tsx'
import { t } from './text.ts'

/** A question as it looks in an exam. The answer is not sent. */
export default function SampleQuestion () {
  const [value, setValue] = useState<unknown>(null)
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('sample')}>
      <Title order={2} mb='xs'>{t('sample')}</Title>
      <Text size='lg' mb='md' component='div'><RichText text={t('sampleText')} /></Text>
      <AnswerInput
        question={{
          id: 'sample',
          kind: 'single',
          section: '',
          text: '',
          points: 1,
          choices: ['3', '4', '5'].map((text, index) => ({ id: 'abc'[index]!, text: `$${text}$` }))
        }}
        value={value} onChange={setValue}
      />
      <Text size='sm' c='dimmed' mt='sm'>{t('sampleNote')}</Text>
    </Paper>
  )
}
