import { Text } from '@mantine/core'
import { clockTime } from '../../text/format.ts'
import { t } from './text.ts'
import { useAnswers, useRoomStream, useRoomView } from './room-context.tsx'
import { roomStatus, STATUS_TONE, type StatusTone } from './room-status.ts'
import classes from './room.module.css'

const SHAPE: Readonly<Record<StatusTone, string>> = { serious: '◆', notable: '▲', technical: '▭', well: '' }

/** How the exam is connected, in one line. */
export function StatusLine () {
  const answers = useAnswers()
  const view = useRoomStream(view => view)
  const status = roomStatus(view, answers)
  const tone = STATUS_TONE[status]
  return (
    <Text size='sm' role='status' className={classes['status'] ?? ''} data-tone={tone}>
      {SHAPE[tone] !== '' && <span aria-hidden='true'>{SHAPE[tone]} </span>}{t(`status.${status}`)}
    </Text>
  )
}

/** That and what is recorded, for as long as the exam runs. */
export function RecordingMark () {
  const recording = useRoomView(({ recording }) => recording)
  const keepsEvidence = useRoomView(({ keepsEvidence }) => keepsEvidence)
  const hasScreen = useRoomStream(({ wantsScreen, screen }) => wantsScreen && screen === 'on')
  if (recording === 'none' && !keepsEvidence) return null
  return (
    <div className={classes['recording'] ?? ''}>
      {recording !== 'none' && (
        <Text size='sm'><span aria-hidden='true'>● </span><b>{t('rec')}</b> {t(hasScreen ? 'recording.screen' : `recording.${recording}`)}</Text>
      )}
      {keepsEvidence && <Text size='sm'><span aria-hidden='true'>◉ </span>{t('evidenceKept')}</Text>}
    </div>
  )
}

/** Whether what was typed is stored. */
export function SavedMark () {
  const { answers, unsaved, savedAtMs, delay } = useAnswers()
  const isKept = useRoomView(({ isKept }) => isKept)
  // Refused answers wait for the candidate, not for the line.
  const isRefused = [...answers.values()]
    .some(({ refusal, conflict }) => refusal !== undefined || conflict !== undefined)
  const text = isRefused
    ? t('refusedAnswer')
    : unsaved > 0
      ? t(delay === undefined ? 'saving' : isKept ? 'keptHere' : 'notKept')
      : savedAtMs === undefined ? t('nothingToSave') : t('saved', { time: clockTime(savedAtMs) })
  return <Text size='sm' c='dimmed' className={classes['saved'] ?? ''}>{text}</Text>
}
