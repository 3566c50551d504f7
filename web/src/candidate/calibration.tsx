import { useEffect, useRef, useState } from 'react'
import type { CandidateLink } from '../live/candidate-link.ts'
import { CORNERS, type Calibrated, type Corner } from '../live/protocol.ts'
import { t } from '../text/index.ts'

interface Props {
  readonly link: Pick<CandidateLink, 'calibrate' | 'hurry'>
  /** How it ended, once the server has said so. */
  readonly answer: Calibrated | undefined
  onAgain (): void
  onClose (): void
}

const READY_MS = 3500
const CORNER_MS = 2200
/** Frames of the last corner are still on their way. */
const ARRIVAL_MS = 1500
const ANSWER_MS = 8000

/** The four corners of the screen, one after the other; the server measures where the candidate looks meanwhile. */
export function Calibration ({ link, answer, onAgain, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [step, setStep] = useState<'ready' | Corner | 'checking' | 'lost'>('ready')
  const isAnswered = answer !== undefined
  const index = CORNERS.findIndex(corner => corner === step)

  useEffect(() => { dialog.current?.showModal() }, [])
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
      link.calibrate(corner, Date.now())
      then(CORNER_MS, () => lookAt(at + 1))
    }
    const check = (endedAtMs: number) => {
      setStep('checking')
      then(ARRIVAL_MS, () => {
        isGoingOn = false
        link.calibrate('done', endedAtMs)
        then(ANSWER_MS, () => setStep('lost'))
      })
    }
    setStep('ready')
    link.hurry(true)
    then(READY_MS, () => lookAt(0))
    return () => {
      clearTimeout(timer)
      link.hurry(false)
      // Broken off: the server need not wait for the rest.
      if (isGoingOn) link.calibrate('done', Date.now())
    }
  }, [isAnswered])

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
    <dialog ref={dialog} className='corners' onClose={onClose} aria-label={t('calibrate')}>
      {said === undefined && index !== -1 && <span key={step} className={`dot ${step}`} aria-hidden='true' />}
      <div className='card stack'>
        <p role='status' aria-live='assertive'>
          {said ?? asked}
        </p>
        {said === undefined && (
          <progress
            max={CORNERS.length}
            value={step === 'checking' ? CORNERS.length : Math.max(0, index)}
            aria-label={t('calibrate')}
          />
        )}
        {said !== undefined && answer?.ok !== true && <p className='quiet'>{t('calibrateHarmless')}</p>}
        <div className='row'>
          {mayTryAgain && (
            <button type='button' className='main' onClick={onAgain}>
              {t('tryAgain')}
            </button>
          )}
          <button
            type='button'
            className={said === undefined || mayTryAgain ? '' : 'main'}
            onClick={() => dialog.current?.close()}
          >
            {t(said === undefined ? 'calibrateStop' : 'close')}
          </button>
        </div>
      </div>
    </dialog>
  )
}
