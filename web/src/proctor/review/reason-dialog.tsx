import { Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import { Confirm } from '../../shared/confirm.tsx'
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
  const isGood = isOptional || [...reason.trim()].length >= REASON_CHARS_MIN
  return (
    <Confirm
      title={title} action={action} isDisabled={!isGood} onClose={onClose}
      onConfirm={async () => await onConfirm(reason.trim())}
    >
      <Text>{what}</Text>
      <Textarea
        data-autofocus autosize minRows={2} maxLength={maxLength} value={reason}
        label={t(isOptional ? 'reasonOptional' : 'reason')} {...(!isOptional && { description: t('reasonWhat') })}
        onChange={event => setReason(event.currentTarget.value)}
      />
    </Confirm>
  )
}
