import { Alert, Button, Group, Text } from '@mantine/core'
import type { DeviceState } from '../../live/session-stream.ts'
import { t } from '../text.ts'
import { useRoom, useRoomStream } from './room-context.tsx'

const isWell = (state: DeviceState) => state === 'on' || state === 'opening' || state === 'off'

/** What to do about a camera or microphone that is gone. The exam goes on meanwhile. */
export function DeviceAlerts ({ onCamera }: { onCamera (): void }) {
  const { stream } = useRoom()
  const camera = useRoomStream(({ camera }) => camera)
  const microphone = useRoomStream(({ microphone }) => microphone)
  return (
    <>
      {!isWell(camera) && (
        <Alert role='alert' variant='outline' color='yellow' title={`▲ ${t('cameraAway')}`} mb='sm'>
          <Group justify='space-between' gap='xs'>
            <Text size='sm' flex='1 1 16rem'>{t(`camera.${camera as 'gone'}`)}</Text>
            <Button size='xs' onClick={onCamera}>{t('cameraAgain')}</Button>
          </Group>
        </Alert>
      )}
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
