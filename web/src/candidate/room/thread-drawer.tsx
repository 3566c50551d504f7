import { Alert, Button, Drawer, Group, Stack, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import { clockTime } from '../../text/format.ts'
import { t as common } from '../../text/index.ts'
import { t } from './text.ts'
import { messageText } from './notices.tsx'
import { useRoom, useRoomStream } from './room-context.tsx'
import { threadLines } from './thread.ts'
import classes from './room.module.css'

interface Props {
  readonly isOpen: boolean
  onClose (): void
}

const CHARACTERS_MAX = 500
const REASON_CHARACTERS_MAX = 200

let messages = 0
/** A name for one message, so that a repetition is stored once. */
const newClientId = (): string => `${Date.now().toString(36)}-${++messages}`

/** What was written to and by the proctor, and the place to write. */
export default function ThreadDrawer ({ isOpen, onClose }: Props) {
  const { stream } = useRoom()
  const notices = useRoomStream(({ notices }) => notices)
  const own = useRoomStream(({ own }) => own)
  const link = useRoomStream(({ link }) => link)
  const state = useRoomStream(({ state }) => state)
  const problem = useRoomStream(({ problem }) => problem)
  const isBreakAsked = useRoomStream(({ breakAskedAt }) => breakAskedAt !== null)
  const [text, setText] = useState('')
  const [isLost, setIsLost] = useState(false)
  const lines = threadLines(notices, own)
  const isReady = link === 'open'
  const send = () => {
    const isSent = stream.send({ type: 'message', text: text.trim(), clientId: newClientId() })
    setIsLost(!isSent)
    if (isSent) setText('')
  }
  const askBreak = () => {
    const reason = text.trim().slice(0, REASON_CHARACTERS_MAX)
    const isSent = stream.send({ type: 'break', asked: !isBreakAsked, ...(!isBreakAsked && reason !== '' && { reason }) })
    setIsLost(!isSent)
    if (isSent && !isBreakAsked) setText('')
  }
  return (
    <Drawer
      opened={isOpen} onClose={onClose} position='right' title={t('thread')}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack>
        {lines.length === 0
          ? <Text c='dimmed'>{t('threadEmpty')}</Text>
          : (
            <Stack gap='xs' role='log' aria-label={t('thread')} tabIndex={0}>
              {lines.map(line => (
                <div key={line.key} className={classes['said']} data-mine={line.isMine}>
                  <Text size='xs' c='dimmed'>
                    {line.isMine ? t('you') : line.from} · {clockTime(line.atMs)}
                    {line.isMine && ` · ${t(line.isSeen ? 'seenByStaff' : 'sentToStaff')}`}
                  </Text>
                  {messageText(line)}
                </div>
              ))}
            </Stack>
            )}
        <Textarea
          label={t('yourMessage')} value={text} maxLength={CHARACTERS_MAX} autosize minRows={3} data-autofocus
          onChange={event => setText(event.currentTarget.value)}
        />
        {(isLost || !isReady) && <Alert role='alert' color='blue' variant='outline'>{t('notSentNow')}</Alert>}
        {problem?.code.startsWith('INVIGIL_ERR_MESSAGES') === true && (
          <Alert role='alert' color='red' variant='outline'>{problem.message}</Alert>
        )}
        <Group>
          <Button disabled={!isReady || text.trim() === ''} onClick={send}>{t('sendMessage')}</Button>
          <Button variant='default' disabled={!isReady || state !== 'active'} onClick={askBreak}>
            {t(isBreakAsked ? 'withdrawBreak' : 'askBreak')}
          </Button>
        </Group>
        {isBreakAsked && <Text role='status' size='sm'>{t('breakAsked')}</Text>}
      </Stack>
    </Drawer>
  )
}
