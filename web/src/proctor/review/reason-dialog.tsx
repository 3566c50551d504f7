import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import { Problem } from '../../shared/problem.tsx'
import { t } from './text.ts'

interface Props {
  readonly title: string
  /** What follows from it. */
  readonly what: string
  readonly action: string
  readonly isOptional?: boolean
  readonly maxLength?: number
  onConfirm (reason: string): Promise<unknown>
  onClose (): void
}

const REASON_CHARS_MIN = 10

/** Asks for a reason before something is judged. Stays open with the answer when it is refused. */
export function ReasonDialog (
  { title, what, action, isOptional = false, maxLength = 1000, onConfirm, onClose }: Props
) {
  const [reason, setReason] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const isGood = isOptional || [...reason.trim()].length >= REASON_CHARS_MIN
  const confirm = () => {
    setIsBusy(true)
    setError(undefined)
    onConfirm(reason.trim()).then(onClose, (error: Error) => {
      setError(error)
      setIsBusy(false)
    })
  }
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('cancel') }} centered>
      <Stack>
        <Text>{what}</Text>
        <Textarea
          data-autofocus autosize minRows={2} maxLength={maxLength} value={reason}
          label={t(isOptional ? 'reasonOptional' : 'reason')} {...(!isOptional && { description: t('reasonWhat') })}
          onChange={event => setReason(event.currentTarget.value)}
        />
        {error !== undefined && <Problem error={error} />}
        <Group justify='flex-end'>
          <Button variant='default' onClick={onClose}>{t('cancel')}</Button>
          <Button loading={isBusy} disabled={!isGood} onClick={confirm}>{action}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
