import { Alert, Button, Group, Text } from '@mantine/core'
import { useEffect } from 'react'
import type { DeviceState } from '../../live/session-stream.ts'
import { t } from './text.ts'
import { useAnswers, useRoom, useRoomStream, useRoomView } from './room-context.tsx'

const isWell = (state: DeviceState) => state === 'on' || state === 'opening' || state === 'off'

/** Answers that neither the server nor this device has stored: closing the tab would lose them. */
function NotKept () {
  const isKept = useRoomView(({ isKept }) => isKept)
  const { unsaved, delay } = useAnswers()
  const isAtRisk = !isKept && unsaved > 0 && delay !== undefined
  useEffect(() => {
    if (!isAtRisk) return
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [isAtRisk])
  if (!isAtRisk) return null
  return (
    <Alert role='alert' variant='outline' color='yellow' title={`▲ ${t('notKept')}`} mb='sm'>
      <Text size='sm'>{t('notKeptWhat')}</Text>
    </Alert>
  )
}

/** The screen is recorded and not shared: what to do, or that nothing can be done here. */
function ScreenAlert () {
  const { stream } = useRoom()
  const screen = useRoomStream(({ screen }) => screen)
  const wantsScreen = useRoomStream(({ wantsScreen }) => wantsScreen)
  if (!wantsScreen || screen === 'on') return null
  return (
    <Alert role='alert' variant='outline' color='yellow' title={`▲ ${t('screenAway')}`} mb='sm'>
      <Group justify='space-between' gap='xs'>
        <Text size='sm' flex='1 1 16rem'>{t(`screen.${screen === 'opening' ? 'off' : screen}`)}</Text>
        {screen !== 'unsupported' && screen !== 'insecure' && (
          <Button size='xs' loading={screen === 'opening'} onClick={() => { stream.shareScreen().catch(() => {}) }}>
            {t('shareScreen')}
          </Button>
        )}
      </Group>
    </Alert>
  )
}

/** What to do about a camera or microphone that is gone. The exam goes on meanwhile. */
export function DeviceAlerts ({ onCamera }: { onCamera (): void }) {
  const { stream } = useRoom()
  const camera = useRoomStream(({ camera }) => camera)
  const microphone = useRoomStream(({ microphone }) => microphone)
  return (
    <>
      <NotKept />
      {!isWell(camera) && (
        <Alert role='alert' variant='outline' color='yellow' title={`▲ ${t('cameraAway')}`} mb='sm'>
          <Group justify='space-between' gap='xs'>
            <Text size='sm' flex='1 1 16rem'>{t(`camera.${camera as 'gone'}`)}</Text>
            <Button size='xs' onClick={onCamera}>{t('cameraAgain')}</Button>
          </Group>
        </Alert>
      )}
      <ScreenAlert />
      {!isWell(microphone) && (
        <Alert role='alert' variant='outline' color='blue' title={t('microphoneAway')} mb='sm'>
          <Group justify='space-between' gap='xs'>
            <Text size='sm' flex='1 1 16rem'>{t(`microphone.${microphone as 'gone'}`)}</Text>
            <Button size='xs' variant='default' onClick={() => { stream.openMicrophone().catch(() => {}) }}>
              {t('microphoneAgain')}
            </Button>
          </Group>
        </Alert>
      )}
    </>
  )
}
