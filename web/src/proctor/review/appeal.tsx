import { Button, Group, Paper, Stack, Text, Textarea, Title } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Problem } from '../../shared/problem.tsx'
import { dateTime } from '../../text/format.ts'
import { State } from './inbox.tsx'
import { ReasonDialog } from './reason-dialog.tsx'
import { t } from './text.ts'
import type { Part } from './types.ts'

/** The appeal of the candidate: its answer, then its outcome. */
export function Appeal ({ file: { session, appeal, mayCloseAppeal }, run }: Part) {
  const [text, setText] = useState('')
  const [outcome, setOutcome] = useState<'upheld' | 'overturned'>()
  const [error, setError] = useState<Error>()
  if (appeal === null) return null
  const path = { params: { path: { sessionId: session.id } } }
  const answer = () => {
    setError(undefined)
    run(() => api.POST('/api/v1/reviews/{sessionId}/appeal/answer', { ...path, body: { text: text.trim() } }))
      .catch((error: Error) => setError(error))
  }
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('appeal')}>
      <Group gap='xs' mb='xs'>
        <Title order={2}>{t('appeal')}</Title>
        <State text={t(`appeal.${appeal.state}`)} />
      </Group>
      <Stack gap='sm' align='stretch'>
        <Text size='sm' c='dimmed'>{dateTime(appeal.openedAtMs)}</Text>
        <Text style={{ whiteSpace: 'pre-wrap' }}>{appeal.text}</Text>
        {appeal.answer !== null && <Text style={{ whiteSpace: 'pre-wrap' }}>{t('answered')}: {appeal.answer}</Text>}
        {appeal.reason !== null && <Text>{t('reason')}: {appeal.reason}</Text>}
        {!mayCloseAppeal && appeal.closedAtMs === null && <Text>{t('appealOther')}</Text>}
        {error !== undefined && <Problem error={error} />}
        {mayCloseAppeal && appeal.state === 'opened' && (
          <>
            <Textarea
              label={t('appealAnswer')} autosize minRows={2} maxLength={2000} value={text}
              onChange={event => setText(event.currentTarget.value)}
            />
            <Group><Button disabled={text.trim() === ''} onClick={answer}>{t('appealSend')}</Button></Group>
          </>
        )}
        {mayCloseAppeal && appeal.state === 'answered' && (
          <Group>
            <Button variant='default' onClick={() => setOutcome('upheld')}>{t('uphold')}</Button>
            <Button onClick={() => setOutcome('overturned')}>{t('overturn')}</Button>
          </Group>
        )}
      </Stack>
      {outcome !== undefined && (
        <ReasonDialog
          title={t('closeTitle')} what={t(outcome === 'upheld' ? 'upholdWhat' : 'overturnWhat')}
          action={t(outcome === 'upheld' ? 'uphold' : 'overturn')}
          onConfirm={async reason => await run(() =>
            api.POST('/api/v1/reviews/{sessionId}/appeal/outcome', { ...path, body: { outcome, reason } })
          )}
          onClose={() => setOutcome(undefined)}
        />
      )}
    </Paper>
  )
}
