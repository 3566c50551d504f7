import { Button, NativeSelect, Text } from '@mantine/core'
import { chosenDevice } from '../devices.ts'
import { t as roomText } from '../room/text.ts'
import { t } from '../text.ts'
import { StepFrame, Verdict } from './step-frame.tsx'
import { useDevices } from './use-devices.ts'
import type { CheckCamera } from './use-check-camera.ts'

interface Props {
  readonly examId: string
  readonly camera: CheckCamera
}

/** The camera: permission, which one, and whether it shows a picture. */
export function CameraStep ({ examId, camera: { state, open, choose } }: Props) {
  const devices = useDevices('videoinput', state === 'on')
  const isOn = state === 'on'
  return (
    <StepFrame examId={examId} step='camera' isPassed={isOn} advice={<Text size='sm'>{t('adviceCamera')}</Text>}>
      <Text>{t('cameraWhat')}</Text>
      {state === 'off' || state === 'opening'
        ? <Button onClick={open} loading={state === 'opening'} maw={280}>{t('cameraTurnOn')}</Button>
        : <Verdict isGood={isOn}>{isOn ? t('cameraGood') : roomText(`camera.${state}`)}</Verdict>}
      {devices.length > 1 && (
        <NativeSelect
          label={t('whichCamera')} maw={420} value={chosenDevice('camera') ?? devices[0]!.value} data={[...devices]}
          onChange={event => choose(event.currentTarget.value)}
        />
      )}
      {!isOn && state !== 'off' && state !== 'opening' && <Button onClick={open} maw={280}>{roomText('cameraAgain')}</Button>}
    </StepFrame>
  )
}
