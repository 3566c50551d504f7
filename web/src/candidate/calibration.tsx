import { Button, Group, Paper, Progress, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { CORNERS, type Corner } from '../live/protocol.ts'
import type { SessionStream } from '../live/session-stream.ts'
import { useStream } from '../live/use-stream.ts'
import { t as common } from '../text/index.ts'
import classes from './calibration.module.css'
import { t as roomText } from './room/text.ts'
import { t } from './text.ts'

interface Props {
  readonly stream: SessionStream
  onClose (): void
}

const READY_MS = 3500
const CORNER_MS = 2200
/** Frames of the last corner are still on their way. */
const ARRIVAL_MS = 1500
const ANSWER_MS = 8000

/** The four corners of the screen, one after the other; the server measures where the candidate looks meanwhile. */
export function Calibration ({ stream, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [round, setRound] = useState(0)
  const [step, setStep] = useState<'ready' | Corner | 'checking' | 'lost'>('ready')
  const given = useStream(stream, ({ calibrated }) => calibrated)
  const [isFresh, setIsFresh] = useState(false)
  const answer = isFresh ? given : undefined
  const isAnswered = answer !== undefined
  const index = CORNERS.findIndex(corner => corner === step)

  useEffect(() => { dialog.current?.showModal() }, [])
  useEffect(() => {
    stream.startCalibration()
    setIsFresh(true)
  }, [round])
  useEffect(() => {
    if (isAnswered) return
    let timer: ReturnType<typeof setTimeout>
    let isGoingOn = false
    const then = (ms: number, next: () => void) => { timer = setTimeout(next, ms) }
    const lookAt = (at: number) => {
      const corner = CORNERS[at]
      if (corner === undefined) return check(Date.now())
      isGoingOn = true
      setStep(corner)
      stream.calibrate(corner, Date.now())
      then(CORNER_MS, () => lookAt(at + 1))
    }
    const check = (endedAtMs: number) => {
      setStep('checking')
      then(ARRIVAL_MS, () => {
        isGoingOn = false
        stream.calibrate('done', endedAtMs)
        then(ANSWER_MS, () => setStep('lost'))
      })
    }
    setStep('ready')
    stream.hurry(true)
    then(READY_MS, () => lookAt(0))
    return () => {
      clearTimeout(timer)
      stream.hurry(false)
      // Broken off: the server need not wait for the rest.
      if (isGoingOn) stream.calibrate('done', Date.now())
    }
  }, [isAnswered, round])

  const said =
    answer?.ok === true
      ? t('calibrateOk')
      : answer !== undefined
        ? t(`calibrateFault.${answer.reason}`)
        : step === 'lost'
          ? t('calibrateFault.lost')
          : undefined
  const asked =
    step === 'ready'
      ? t('calibrateReady')
      : step === 'checking'
        ? t('calibrateChecking')
        : index === -1
          ? ''
          : t(`corner.${CORNERS[index]!}`)
  const mayTryAgain =
    said !== undefined &&
    (answer === undefined || (!answer.ok && answer.reason !== 'off' && answer.reason !== 'too_often'))

  return (
    <dialog ref={dialog} className={classes['corners']} onClose={onClose} aria-label={roomText('calibrate')}>
      {said === undefined && index !== -1 && (
        <span key={step} className={classes['dot']} data-corner={step} aria-hidden='true' />
      )}
      <Paper withBorder p='lg' className={classes['card'] ?? ''}>
        <Text role='status' aria-live='assertive' mb='md'>{said ?? asked}</Text>
        {said === undefined && (
          <Progress
            value={step === 'checking' ? 100 : Math.max(0, index) * 100 / CORNERS.length} aria-label={roomText('calibrate')}
            mb='md'
          />
        )}
        {said !== undefined && answer?.ok !== true && <Text c='dimmed' size='sm' mb='md'>{t('calibrateHarmless')}</Text>}
        <Group justify='center'>
          {mayTryAgain && <Button onClick={() => setRound(round + 1)}>{common('tryAgain')}</Button>}
          <Button
            variant={said === undefined || mayTryAgain ? 'default' : 'filled'} onClick={() => dialog.current?.close()}
          >
            {said === undefined ? t('calibrateStop') : common('close')}
          </Button>
        </Group>
      </Paper>
    </dialog>
  )
}
