import { Button, Group, Modal, Stack } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { t } from '../text/index.ts'
import { RefusalNote } from './refusal.tsx'

interface Props {
  readonly title: string
  /** What follows from it. */
  readonly children: ReactNode
  readonly action: string
  readonly isDangerous?: boolean
  readonly isDisabled?: boolean
  onConfirm (): Promise<unknown>
  onClose (): void
}

/** Asks before something is done that others notice. Stays open with the reason when it is refused. */
export function Confirm ({
  title, children, action, isDangerous = false, isDisabled = false, onConfirm, onClose
}: Props) {
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const confirm = () => {
    setIsBusy(true)
    setError(undefined)
    onConfirm().then(onClose, (error: Error) => {
      setError(error)
      setIsBusy(false)
    })
  }
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('cancel') }} centered>
      <Stack>
        {children}
        {error !== undefined && <RefusalNote error={error} />}
        <Group justify='flex-end'>
          <Button variant='default' onClick={onClose}>{t('cancel')}</Button>
          <Button {...(isDangerous && { color: 'red.9' })} loading={isBusy} disabled={isDisabled} onClick={confirm}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
