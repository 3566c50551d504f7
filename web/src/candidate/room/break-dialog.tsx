import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { useUser } from '../../api/use-login.ts'
import { Problem } from '../../shared/problem.tsx'
import { clockTime, number } from '../../text/format.ts'
import { t as common } from '../../text/index.ts'
import { t } from './text.ts'
import type { Attempt } from '../types.ts'
import { useRoom } from './room-context.tsx'

interface Props {
  readonly breaks: Attempt['breaks']
  readonly isOpen: boolean
  onClose (): void
}

/** Asks before a break begins, and says what it means. */
export default function BreakDialog ({ breaks, isOpen, onClose }: Props) {
  const user = useUser()
  const { refresh } = useRoom()
  const [error, setError] = useState<Error>()
  const close = () => {
    setError(undefined)
    onClose()
  }
  const begin = () => {
    api.POST('/api/v1/exam/pause/{userId}', { params: { path: { userId: user!.id } }, body: {} }).then(() => {
      close()
      refresh()
    }, (error: Error) => setError(error))
  }
  const words = { minutes: number(breaks.lengthMs / 60_000, 1), left: number(breaks.left) }
  return (
    <Modal opened={isOpen} onClose={close} title={t('takeBreakTitle')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack>
        <Text>{t('takeBreakWhat', words)}</Text>
        {breaks.nextAtMs !== null && breaks.nextAtMs > Date.now() && (
          <Text>{t('breakNext', { time: clockTime(breaks.nextAtMs) })}</Text>
        )}
        {error !== undefined && <Problem error={error} />}
        <Group>
          <Button variant='default' onClick={close}>{t('goOn')}</Button>
          <Button onClick={begin}>{t('takeBreakYes')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
