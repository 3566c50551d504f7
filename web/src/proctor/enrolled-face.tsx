import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { errorText } from '../api/error-text.ts'
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
      setProblem(errorText(error as Error))
    }
    // First: the button is not shown again for a face that has just been confirmed.
    await read()
    setStep('none')
  }

  const mayConfirm = typeof face !== 'string' && face.isEnrolled && face.confirmedAtMs === null
  return (
    <section aria-label={t('face')}>
      <Stack gap='xs' align='flex-start'>
        <Text size='sm' c='dimmed'><b>{t('face')}:</b> {said(face)}</Text>
        {problem !== undefined && <Alert role='alert' variant='outline' color='red' p='xs'>{problem}</Alert>}
        {mayConfirm && !isLive && <Text size='sm' c='dimmed'>{t('faceNotLive')}</Text>}
        {mayConfirm && isLive && step === 'none' && (
          <Button size='xs' variant='default' onClick={() => setStep('sure')}>{t('faceConfirm')}</Button>
        )}
        {mayConfirm && isLive && step !== 'none' && (
          <>
            <Text size='sm' role='alert'>{t('faceSure', { name })}</Text>
            <Group gap='xs'>
              <Button size='xs' variant='default' disabled={step === 'sending'} onClick={() => setStep('none')}>
                {t('faceBack')}
              </Button>
              <Button
                size='xs' loading={step === 'sending'}
                onClick={() => {
                  confirm().catch(() => {})
                }}
              >
                {t('faceYes', { name })}
              </Button>
            </Group>
          </>
        )}
      </Stack>
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
