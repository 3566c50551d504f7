import { Button, Group, Stack, Text, Textarea, Title } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Problem } from '../../shared/problem.tsx'
import { dateTime } from '../../text/format.ts'
import { t } from './text.ts'
import type { Part } from './types.ts'

/** What reviewers write to each other, and what the candidate says to the entries of the report. */
export function Notes ({ file: { session, notes, incidents }, run }: Part) {
  const [text, setText] = useState('')
  const [error, setError] = useState<Error>()
  const add = () => {
    setError(undefined)
    run(() =>
      api.POST('/api/v1/reviews/{sessionId}/notes', {
        params: { path: { sessionId: session.id } }, body: { text: text.trim() }
      })
    ).then(() => setText(''), (error: Error) => setError(error))
  }
  return (
    <Stack component='section' aria-label={t('notes')} gap='sm'>
      <Title order={2}>{t('notes')}</Title>
      {notes.map(({ id, kind, eventId, by, text, atMs }) => (
        <div key={id}>
          <Text size='sm' c='dimmed'>
            {kind === 'comment' ? `${t('ofCandidate')} · ` : ''}
            {eventId === null ? '' : `${incidents.find(incident => incident.eventId === eventId)?.title ?? ''} · `}
            {t('by', { name: by.name ?? t('someone'), time: dateTime(atMs) })}
          </Text>
          <Text style={{ whiteSpace: 'pre-wrap' }}>{text}</Text>
        </div>
      ))}
      {error !== undefined && <Problem error={error} />}
      <Textarea
        label={t('noteNew')} autosize minRows={2} maxLength={1000} value={text}
        onChange={event => setText(event.currentTarget.value)}
      />
      <Group><Button variant='default' disabled={text.trim() === ''} onClick={add}>{t('noteAdd')}</Button></Group>
    </Stack>
  )
}
