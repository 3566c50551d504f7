import { Button, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { keepScreen, keptScreen, ScreenError, screenProblem, shareScreen } from '../../live/screen-share.ts'
import type { ScreenState } from '../../live/session-stream.ts'
import { t as roomText } from '../room/text.ts'
import { t } from '../text.ts'
import { StepFrame, Verdict } from './step-frame.tsx'

/** The whole screen, for exams that record it. The exam takes it over, so that the browser asks once. */
export function ScreenStep ({ examId }: { readonly examId: string }) {
  const [state, setState] = useState<ScreenState>(keptScreen() === undefined ? 'off' : 'on')
  useEffect(() => {
    screenProblem().then(problem => { if (problem !== undefined) setState(problem) }).catch(() => {})
    keptScreen()?.onEnded(() => setState('ended'))
  }, [])
  const share = () => {
    setState('opening')
    shareScreen().then(opened => {
      keepScreen(opened)
      opened.onEnded(() => setState('ended'))
      setState('on')
    }, (error: Error) => setState(error instanceof ScreenError ? error.fault : 'busy'))
  }
  const isOn = state === 'on'
  const canShare = state !== 'unsupported' && state !== 'insecure'
  return (
    <StepFrame examId={examId} step='screen' isPassed={isOn} advice={<Text size='sm'>{t('adviceScreen')}</Text>}>
      <Text>{t('screenWhat')}</Text>
      {state !== 'off' && state !== 'opening' && (
        <Verdict isGood={isOn}>{isOn ? t('screenGood') : state === 'ended' ? t('screenEnded') : roomText(`screen.${state}`)}</Verdict>
      )}
      {!isOn && canShare && (
        <Button onClick={share} loading={state === 'opening'} maw={280}>{roomText('shareScreen')}</Button>
      )}
    </StepFrame>
  )
}
