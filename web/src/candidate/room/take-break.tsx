import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { number } from '../../text/format.ts'
import { t } from './text.ts'
import { useRoomStream, useRoomView } from './room-context.tsx'

const BreakDialog = lazy(() => import('./break-dialog.tsx'))

/** A break that the exam's policy allows. */
export function TakeBreak () {
  const breaks = useRoomView(({ attempt }) => attempt?.breaks)
  const isActive = useRoomStream(({ state, link }) => state === 'active' && link === 'open')
  /** The dialog loads when it is first opened. */
  const [dialog, setDialog] = useState<'never' | 'open' | 'closed'>('never')
  if (breaks === undefined || breaks.max === 0) return null
  return (
    <>
      <Button variant='default' size='sm' disabled={!isActive || breaks.left === 0} onClick={() => setDialog('open')}>
        {t('takeBreak', { left: number(breaks.left) })}
      </Button>
      {dialog !== 'never' && (
        <Suspense>
          <BreakDialog breaks={breaks} isOpen={dialog === 'open'} onClose={() => setDialog('closed')} />
        </Suspense>
      )}
    </>
  )
}
