import { Button, List, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { api, dataOf } from '../../api/client.ts'
import { Problem } from '../../shared/problem.tsx'
import { t } from '../text.ts'
import type { Preflight } from '../types.ts'
import { formOf } from './form.ts'
import { placeHint, type PlaceHint, type SeenPlace } from './check-steps.ts'
import { StepFrame, Verdict } from './step-frame.tsx'
import type { CheckCamera } from './use-check-camera.ts'

interface Props {
  readonly examId: string
  readonly camera: CheckCamera
  readonly preflight: Preflight | undefined
  onHint (hint: PlaceHint | undefined): void
  onPreflight (preflight: Preflight | undefined): void
}

/** The server allows thirty a minute. */
const HINT_MS = 2500
const WIDTH = 640

/** Light and place: the server looks at pictures and says what to change, then checks one by the exam's rules. */
export function LightStep ({ examId, camera, preflight, onHint, onPreflight }: Props) {
  const [hint, setHint] = useState<PlaceHint>()
  const [error, setError] = useState<Error>()
  /** Of the check that was asked for; the next hint must not remove it. */
  const [refusal, setRefusal] = useState<Error>()
  const [isChecking, setIsChecking] = useState(false)
  const isOn = camera.state === 'on'
  const isPassed = preflight?.isPassed === true

  useEffect(() => {
    if (!isOn) return
    let isClosed = false
    let timer: ReturnType<typeof setTimeout>
    const look = async () => {
      const picture = await camera.capture(WIDTH)
      if (picture === undefined) return
      const { observation, events } = await dataOf(api.POST('/api/v1/analyze', formOf('image', picture)))
      if (isClosed || observation === undefined) return
      const kinds = events.map(({ kind }) => kind as string)
      const next = placeHint({ ...observation as unknown as SeenPlace, kinds })
      setHint(next)
      onHint(next)
      setError(undefined)
    }
    const loop = () => {
      look().catch((error: Error) => { if (!isClosed) setError(error) }).finally(() => {
        if (!isClosed) timer = setTimeout(loop, HINT_MS)
      })
    }
    loop()
    return () => {
      isClosed = true
      clearTimeout(timer)
      onHint(undefined)
    }
  }, [isOn])

  const check = () => {
    setIsChecking(true)
    setRefusal(undefined)
    camera.capture(WIDTH).then(async picture => {
      if (picture === undefined) return
      const params = { path: { examId } }
      onPreflight(await dataOf(api.POST('/api/v1/exams/{examId}/preflight', { params, ...formOf('image', picture) })))
    }).catch((error: Error) => setRefusal(error)).finally(() => setIsChecking(false))
  }
  const words = hint === undefined ? 'looking' : hint === 'good' && !isPassed ? 'checkNow' : `hint.${hint}` as const
  return (
    <StepFrame examId={examId} step='light' isPassed={isPassed} advice={<Text size='sm'>{t('adviceLight')}</Text>}>
      <Text>{t('lightWhat')}</Text>
      <Verdict isGood={hint === undefined ? undefined : hint === 'good'}>
        {isOn ? t(words) : t('lightNoCamera')}
      </Verdict>
      {error !== undefined && refusal === undefined && <Problem error={error} />}
      {refusal !== undefined && <Problem error={refusal} />}
      {isOn && !isPassed && (
        <Button onClick={check} loading={isChecking} maw={280} variant={hint === 'good' ? 'filled' : 'default'}>
          {t('checkPicture')}
        </Button>
      )}
      {preflight !== undefined && (
        <div role='status'>
          <Verdict isGood={isPassed}>{t(isPassed ? 'pictureGood' : 'pictureProblems')}</Verdict>
          <List>
            {preflight.problems.map(({ kind, event }) => <List.Item key={kind}>{event}</List.Item>)}
          </List>
        </div>
      )}
    </StepFrame>
  )
}
