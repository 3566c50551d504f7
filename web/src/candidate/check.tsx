import { Paper, Progress } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useParams } from 'wouter'
import { dropKeptScreen } from '../live/screen-share.ts'
import { useLanguage } from '../text/index.ts'
import { BrowserStep } from './check/browser-step.tsx'
import { CameraStep } from './check/camera-step.tsx'
import { stepOf, type PlaceHint } from './check/check-steps.ts'
import { FaceStep } from './check/face-step.tsx'
import { LightStep } from './check/light-step.tsx'
import { LineStep } from './check/line-step.tsx'
import { MicrophoneStep } from './check/microphone-step.tsx'
import { ReadyStep } from './check/ready-step.tsx'
import { ScreenStep } from './check/screen-step.tsx'
import { useCheckCamera } from './check/use-check-camera.ts'
import { useCheckSteps } from './check/use-check-steps.ts'
import classes from './check.module.css'
import { t as roomText } from './room/text.ts'
import { t } from './text.ts'
import type { Preflight } from './types.ts'

/** The check of the computer before an exam, one step after the other. The camera stays on between the steps. */
export default function CheckPage () {
  useLanguage()
  const { examId = '', step: text } = useParams()
  const step = stepOf(text)
  const video = useRef<HTMLVideoElement>(null)
  const camera = useCheckCamera(video)
  const [hint, setHint] = useState<PlaceHint>()
  const [preflight, setPreflight] = useState<Preflight>()
  const steps = useCheckSteps(examId)
  // Only the exam itself takes the shared screen over.
  useEffect(() => () => { if (!location.pathname.startsWith('/attempts/')) dropKeptScreen() }, [])
  const showsCamera = camera.state !== 'off' && (step === 'camera' || step === 'light' || step === 'face')
  return (
    <Paper withBorder p='lg' maw={760} mx='auto' bg='var(--card)'>
      <Progress
        value={100 * (steps.indexOf(step) + 1) / steps.length} size='sm' mb='md' aria-label={t('progress')}
      />
      <div className={classes[showsCamera ? 'stage' : 'away']}>
        <video ref={video} muted playsInline aria-label={roomText('yourPicture')} />
        {step === 'light' && <span className={classes['oval']} data-hint={hint} aria-hidden='true' />}
      </div>
      <div key={step}>
        {step === 'browser' && <BrowserStep examId={examId} />}
        {step === 'camera' && <CameraStep examId={examId} camera={camera} />}
        {step === 'light' && (
          <LightStep
            examId={examId} camera={camera} preflight={preflight} onHint={setHint} onPreflight={setPreflight}
          />
        )}
        {step === 'microphone' && <MicrophoneStep examId={examId} />}
        {step === 'line' && <LineStep examId={examId} />}
        {step === 'face' && <FaceStep examId={examId} camera={camera} />}
        {step === 'screen' && <ScreenStep examId={examId} />}
        {step === 'ready' && <ReadyStep examId={examId} preflight={preflight} />}
      </div>
    </Paper>
  )
}
