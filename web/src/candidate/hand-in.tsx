import { useEffect, useRef, useState } from 'react'
import { ApiError } from '../api/errors.ts'
import { countAnswered, handIn, newKey, type Answered, type Receipt } from './attempt.ts'
import { dateTime } from '../text/format.ts'
import { t } from '../text/index.ts'

interface Props {
  readonly attemptId: string
  onDone (receipt: Receipt): void
  onClose (): void
}

/** Handing in: how many questions are unanswered, and once more whether it is meant. */
export function HandIn ({ attemptId, onDone, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  /** One key for all tries: an answer that was lost is asked for again. */
  const key = useRef(newKey())
  const [answered, setAnswered] = useState<Answered | 'loading' | 'unknown'>('loading')
  const [step, setStep] = useState<'count' | 'sure' | 'sending'>('count')
  const [problem, setProblem] = useState<string>()

  useEffect(() => {
    dialog.current?.showModal()
    countAnswered(attemptId).catch(() => undefined).then(count => setAnswered(count ?? 'unknown')).catch(() => {})
  }, [attemptId])

  const send = () => {
    setStep('sending')
    setProblem(undefined)
    handIn(attemptId, key.current).then(onDone, (error: Error) => {
      setProblem(error instanceof ApiError ? error.message : t('handInLost'))
      setStep('sure')
    })
  }

  const said = answered === 'loading'
    ? t('handInCounting')
    : answered === 'unknown'
      ? t('handInUnknown')
      : answered.unanswered === 0 ? t('handInAll', { total: answered.total }) : t('handInUnanswered', { ...answered })

  return (
    <dialog ref={dialog} onClose={onClose} aria-label={t('handIn')}>
      <div className='stack'>
        <h2>{t('handIn')}</h2>
        <p role='status' aria-live='polite'>{said}</p>
        {step !== 'count' && <p role='alert'><b>{t('handInSure')}</b></p>}
        {problem !== undefined && <p className='notice bad' role='alert'>{problem}</p>}
        <div className='row'>
          {/* First, so that it has the focus: Enter alone never hands in. */}
          <button type='button' disabled={step === 'sending'} onClick={() => dialog.current?.close()}>
            {t('handInBack')}
          </button>
          {step === 'count' && (
            <button type='button' className='main' disabled={answered === 'loading'} onClick={() => setStep('sure')}>
              {t('handInNext')}
            </button>
          )}
          {step !== 'count' && (
            <button type='button' className='danger' disabled={step === 'sending'} onClick={send}>
              {t('handInYes')}
            </button>
          )}
        </div>
      </div>
    </dialog>
  )
}

/** What was handed in, to be kept by its candidate. */
export function HandedIn ({ receipt: { submittedAtMs, answers, digest } }: { readonly receipt: Receipt }) {
  return (
    <section className='notice kind' role='status' aria-label={t('handedIn')}>
      <p>{t('handInDone', { time: dateTime(submittedAtMs), answers })}</p>
      <p className='quiet' style={{ overflowWrap: 'anywhere' }}>{t('handInReceipt', { digest })}</p>
    </section>
  )
}
