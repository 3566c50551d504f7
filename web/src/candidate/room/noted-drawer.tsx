import { Button, Drawer, Stack, Text } from '@mantine/core'
import { t as common } from '../../text/index.ts'
import { NotedList } from '../noted-list.tsx'
import { t } from './text.ts'
import { useRoomStream } from './room-context.tsx'

interface Props {
  readonly isOpen: boolean
  onClose (): void
  onCalibrate (): void
}

/** What is noted of the candidate, open to the candidate; and the optional look at the corners. */
export default function NotedDrawer ({ isOpen, onClose, onCalibrate }: Props) {
  const log = useRoomStream(({ log }) => log)
  const canCalibrate = useRoomStream(({ link, state, camera }) =>
    link === 'open' && state === 'active' && camera === 'on')
  return (
    <Drawer
      opened={isOpen} onClose={onClose} position='right' title={t('noted')}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack>
        <Text size='sm' c='dimmed'>{t('notedWhy')}</Text>
        <NotedList entries={log} />
        <div>
          <Text size='sm' mb='xs'>{t('calibrateWhy')}</Text>
          <Button size='sm' variant='default' disabled={!canCalibrate} onClick={onCalibrate}>{t('calibrate')}</Button>
        </div>
      </Stack>
    </Drawer>
  )
}
