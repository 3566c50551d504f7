import { Button } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { number } from '../../text/format.ts'
import { t } from './text.ts'
import { useRoom, useRoomStream } from './room-context.tsx'

const Calibration = lazy(async () => ({ default: (await import('../calibration.tsx')).Calibration }))
const NotedDrawer = lazy(() => import('./noted-drawer.tsx'))

/** How much is noted, and the way to read it. */
export function Noted () {
  const { stream } = useRoom()
  const log = useRoomStream(({ log }) => log)
  /** It loads when it is first opened. */
  const [drawer, setDrawer] = useState<'never' | 'open' | 'closed'>('never')
  const [isCalibrating, setIsCalibrating] = useState(false)
  const count = log.filter(({ phase }) => phase !== 'end').length
  const calibrate = () => {
    setDrawer('closed')
    setIsCalibrating(true)
  }
  return (
    <>
      <Button variant='default' size='sm' onClick={() => setDrawer('open')}>
        {t('notedCount', { count: number(count) })}
      </Button>
      <Suspense>
        {drawer !== 'never' && (
          <NotedDrawer isOpen={drawer === 'open'} onClose={() => setDrawer('closed')} onCalibrate={calibrate} />
        )}
        {isCalibrating && <Calibration stream={stream} onClose={() => setIsCalibrating(false)} />}
      </Suspense>
    </>
  )
}
