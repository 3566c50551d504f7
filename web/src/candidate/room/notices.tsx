import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { sentence } from '../../shared/canned.ts'
import { clockTime, number } from '../../text/format.ts'
import { t } from './text.ts'
import { useRoom, useRoomStream } from './room-context.tsx'

interface Words {
  readonly kind?: string
  readonly canned?: string
  readonly text: string
}

/** Its words; an answer to a request for a break may have none. */
export function messageText (message: Words): string {
  const { kind } = message
  const text = sentence(message)
  if (kind === 'break_granted') return text === '' ? t('breakGranted') : `${t('breakGranted')} ${text}`
  if (kind === 'break_declined') return text === '' ? t('breakDeclined') : `${t('breakDeclined')} ${text}`
  if (kind === 'break_request') return text === '' ? t('breakRequest') : `${t('breakRequest')} ${text}`
  return text
}

/** What the proctor has written, one message after the other; it stays until the candidate has read it. */
export function Notices () {
  const { stream } = useRoom()
  const notices = useRoomStream(({ notices }) => notices)
  const unseen = notices.filter(({ isSeen }) => !isSeen)
  const [notice] = unseen
  if (notice === undefined) return null
  const isWarning = notice.level === 'warning'
  return (
    <Alert
      key={notice.key} role='alert' variant='outline' color={isWarning ? 'red' : 'blue'} mb='sm'
      title={`${isWarning ? '◆ ' : ''}${t(isWarning ? 'warningFrom' : 'messageFrom', { name: notice.from })}`}
    >
      <Stack gap='xs'>
        <Text>{messageText(notice)}</Text>
        <Group justify='space-between'>
          <Text size='sm' c='dimmed'>
            {clockTime(notice.atMs)}
            {unseen.length > 1 && ` · ${t('moreMessages', { count: number(unseen.length - 1) })}`}
          </Text>
          <Button size='xs' onClick={() => stream.markSeen(notice)}>{t('understood')}</Button>
        </Group>
      </Stack>
    </Alert>
  )
}
