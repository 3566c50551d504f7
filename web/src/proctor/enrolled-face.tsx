import { useEffect, useState } from 'react'
import { request } from '../api/login.ts'
import { dateTime } from '../text/format.ts'
import { t } from '../text/index.ts'

interface FaceState {
  readonly isEnrolled: boolean
  readonly enrollmentId: string | null
  readonly enrolledAtMs: number | null
  readonly enrolledBy: 'candidate' | 'staff' | 'system' | null
  readonly enrolledByName: string | null
  readonly confirmedAtMs: number | null
  readonly confirmedByName: string | null
}

interface Props {
  readonly userId: string
  readonly sessionId: string
  readonly name: string
  /** A picture of now is shown beside this. */
  readonly isLive: boolean
}

/** What is known of a candidate's enrolled face, and its confirmation by the member of staff who sees the candidate. */
export function EnrolledFace ({ userId, sessionId, name, isLive }: Props) {
  const [face, setFace] = useState<FaceState | 'reading' | 'unknown'>('reading')
  const [step, setStep] = useState<'none' | 'sure' | 'sending'>('none')
  const [problem, setProblem] = useState<string>()

  const read = async () =>
    setFace(await request<FaceState>('GET', `/users/${userId}/face`).catch(() => 'unknown' as const))
  useEffect(() => {
    read().catch(() => {})
  }, [userId])

  const confirm = async () => {
    setStep('sending')
    setProblem(undefined)
    try {
      const enrollmentId = typeof face === 'string' ? null : face.enrollmentId
      await request('POST', `/users/${userId}/face/confirm`, {
        reason: t('faceReason'),
        sessionId,
        ...(enrollmentId !== null && { enrollmentId })
      })
    } catch (error) {
      setProblem((error as Error).message)
    }
    // First: the button is not shown again for a face that has just been confirmed.
    await read()
    setStep('none')
  }

  const mayConfirm = typeof face !== 'string' && face.isEnrolled && face.confirmedAtMs === null
  return (
    <section className='stack' aria-label={t('face')}>
      <p className='quiet'><b>{t('face')}:</b> {said(face)}</p>
      {problem !== undefined && <p className='notice bad' role='alert'>{problem}</p>}
      {mayConfirm && !isLive && <p className='quiet'>{t('faceNotLive')}</p>}
      {mayConfirm && isLive && step === 'none' && (
        <button type='button' onClick={() => setStep('sure')}>
          {t('faceConfirm')}
        </button>
      )}
      {mayConfirm && isLive && step !== 'none' && (
        <div className='stack'>
          <p role='alert'>{t('faceSure', { name })}</p>
          <div className='row'>
            <button type='button' disabled={step === 'sending'} onClick={() => setStep('none')}>
              {t('faceBack')}
            </button>
            <button
              type='button'
              className='main'
              disabled={step === 'sending'}
              onClick={() => {
                confirm().catch(() => {})
              }}
            >
              {t('faceYes', { name })}
            </button>
          </div>
        </div>
      )}
    </section>
  )
}

function said (face: FaceState | 'reading' | 'unknown'): string {
  if (face === 'reading') return t('faceReading')
  if (face === 'unknown') return t('faceUnknown')
  if (!face.isEnrolled) return t('faceNone')
  const { enrolledAtMs, enrolledBy, enrolledByName, confirmedAtMs, confirmedByName } = face
  const enrolled =
    enrolledAtMs === null || enrolledBy === null
      ? t('faceOld')
      : t(`faceBy.${enrolledBy}`, { time: dateTime(enrolledAtMs), name: enrolledByName ?? t('faceStaff') })
  const confirmed =
    confirmedAtMs === null
      ? t('faceUnconfirmed')
      : t('faceConfirmed', { time: dateTime(confirmedAtMs), name: confirmedByName ?? t('faceStaff') })
  return `${enrolled} ${confirmed}`
}
