import { Button, NativeSelect, Progress, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { deviceFault } from '../../live/device-fault.ts'
import type { DeviceState } from '../../live/session-stream.ts'
import { chooseDevice, chosenDevice } from '../devices.ts'
import { t as roomText } from '../room/text.ts'
import { t } from '../text.ts'
import { openLevel, type Level } from './level.ts'
import { StepFrame, Verdict } from './step-frame.tsx'
import { useDevices } from './use-devices.ts'

/** As loud as someone who speaks in front of the computer, on the scale of the bar. */
const HEARD = 12
const TICK_MS = 100

/** The microphone with its level. Nothing of it is sent. */
export function MicrophoneStep ({ examId }: { readonly examId: string }) {
  const level = useRef<Level>(null)
  const [state, setState] = useState<DeviceState>('off')
  const [loudness, setLoudness] = useState(0)
  const [isHeard, setIsHeard] = useState(false)
  const isOn = state === 'on'
  const devices = useDevices('audioinput', isOn)

  const open = () => {
    level.current?.close()
    setState('opening')
    openLevel(chosenDevice('microphone')).then(opened => {
      level.current = opened
      setState('on')
    }, (error: Error) => setState(deviceFault(error)))
  }
  useEffect(() => () => level.current?.close(), [])
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(() => {
      const now = level.current?.percent() ?? 0
      setLoudness(now)
      if (now >= HEARD) setIsHeard(true)
    }, TICK_MS)
    return () => clearInterval(timer)
  }, [isOn])

  return (
    <StepFrame examId={examId} step='microphone' isPassed={isHeard} advice={<Text size='sm'>{t('adviceMicrophone')}</Text>}>
      <Text>{t('microphoneWhat')}</Text>
      {!isOn && <Button onClick={open} loading={state === 'opening'} maw={280}>{t('microphoneTurnOn')}</Button>}
      {!isOn && state !== 'off' && state !== 'opening' && <Verdict isGood={false}>{roomText(`microphone.${state}`)}</Verdict>}
      {isOn && (
        <>
          <Progress value={loudness} size='xl' aria-label={t('loudness')} transitionDuration={0} maw={420} />
          <Verdict isGood={isHeard ? true : undefined}>{t(isHeard ? 'heard' : 'speak')}</Verdict>
        </>
      )}
      {devices.length > 1 && (
        <NativeSelect
          label={t('whichMicrophone')} maw={420} value={chosenDevice('microphone') ?? devices[0]!.value} data={[...devices]}
          onChange={event => {
            chooseDevice('microphone', event.currentTarget.value)
            setIsHeard(false)
            open()
          }}
        />
      )}
    </StepFrame>
  )
}
