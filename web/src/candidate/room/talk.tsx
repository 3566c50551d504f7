import { Button } from '@mantine/core'
import { HandIcon } from '@radix-ui/react-icons'
import { lazy, Suspense, useState } from 'react'
import { t } from './text.ts'
import { useRoom, useRoomStream } from './room-context.tsx'

const ThreadDrawer = lazy(() => import('./thread-drawer.tsx'))

/** The ways to the proctor: a raised hand, and the thread with questions and a break that is asked for. */
export function Talk () {
  const { stream } = useRoom()
  const isOpen = useRoomStream(({ link }) => link === 'open')
  const isRaised = useRoomStream(({ handRaisedAt }) => handRaisedAt !== null)
  /** It loads when it is first opened. */
  const [drawer, setDrawer] = useState<'never' | 'open' | 'closed'>('never')
  return (
    <>
      <Button
        variant={isRaised ? 'filled' : 'default'} size='sm' disabled={!isOpen} aria-pressed={isRaised}
        leftSection={<HandIcon aria-hidden='true' />} onClick={() => stream.send({ type: 'hand', raised: !isRaised })}
      >
        {t(isRaised ? 'lowerHand' : 'raiseHand')}
      </Button>
      <Button variant='default' size='sm' onClick={() => setDrawer('open')}>{t('askProctor')}</Button>
      {drawer !== 'never' && (
        <Suspense><ThreadDrawer isOpen={drawer === 'open'} onClose={() => setDrawer('closed')} /></Suspense>
      )}
    </>
  )
}
