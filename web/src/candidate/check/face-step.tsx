import { Button, Text } from '@mantine/core'
import { useState } from 'react'
import { query } from '../../api/client.ts'
import { enrolFace } from '../../api/login.ts'
import { useUser } from '../../api/use-login.ts'
import { Problem } from '../../shared/problem.tsx'
import { t } from '../text.ts'
import { StepFrame, Verdict } from './step-frame.tsx'
import type { CheckCamera } from './use-check-camera.ts'

interface Props {
  readonly examId: string
  readonly camera: CheckCamera
}

const WIDTH = 1280

/** The enrolled face, for exams that compare it. */
export function FaceStep ({ examId, camera }: Props) {
  const hasFace = useUser()?.hasFace === true
  const exam = query.useQuery('get', '/api/v1/exams/{examId}', { params: { path: { examId } } })
  const identity = exam.data?.identity
  const isUnused = identity === 'off'
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const enrol = () => {
    setIsBusy(true)
    setError(undefined)
    camera.capture(WIDTH).then(async picture => { if (picture !== undefined) await enrolFace(picture) })
      .catch((error: Error) => setError(error)).finally(() => setIsBusy(false))
  }
  return (
    <StepFrame examId={examId} step='face' isPassed={hasFace || isUnused} advice={<Text size='sm'>{t('adviceFace')}</Text>}>
      <Text>{t('faceWhat')}</Text>
      <Verdict isGood={hasFace || isUnused ? true : identity === 'required' ? false : undefined}>
        {t(hasFace ? 'faceThere' : isUnused ? 'faceUnused' : identity === 'required' ? 'faceNeeded' : 'faceNone')}
      </Verdict>
      {error !== undefined && <Problem error={error} />}
      <Button
        onClick={enrol} loading={isBusy} disabled={camera.state !== 'on'} maw={280} variant={hasFace || isUnused ? 'default' : 'filled'}
      >
        {t(hasFace ? 'enrolAgain' : 'enrol')}
      </Button>
    </StepFrame>
  )
}
