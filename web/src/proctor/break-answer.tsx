import { Alert, Button, Group, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ConsoleActions } from './console-actions.ts'
import type { Candidate } from './logic/room.ts'
import { t } from './text.ts'

interface Props {
  readonly candidate: Candidate
  readonly actions: ConsoleActions
}

/** The break that the candidate asks for, with both answers. */
export function BreakAnswer ({ candidate, actions }: Props) {
  const [text, setText] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const { session: { sessionId }, thread } = candidate
  const asked = thread.filter(({ kind }) => kind === 'break_request').at(-1)
  const answer = (granted: boolean) => {
    setIsBusy(true)
    const words = text.trim()
    actions.act({ type: 'break', sessionId, granted, ...(words !== '' && { text: words }) })
      .finally(() => setIsBusy(false)).catch(() => {})
  }
  return (
    <Alert variant='outline' p='xs' title={t('breakAsked')}>
      {asked !== undefined && asked.text !== '' && <p>{asked.text}</p>}
      <TextInput
        size='xs' label={t('declineWords')} value={text} maxLength={200}
        onChange={event => setText(event.currentTarget.value)}
      />
      <Group gap='xs' mt={6}>
        <Button size='xs' loading={isBusy} onClick={() => answer(true)}>{t('grant')}</Button>
        <Button size='xs' variant='default' disabled={isBusy} onClick={() => answer(false)}>{t('decline')}</Button>
      </Group>
    </Alert>
  )
}
