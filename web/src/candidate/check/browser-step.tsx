import { List, Text } from '@mantine/core'
import { t } from '../text.ts'
import { browserProblems } from './check-steps.ts'
import { StepFrame, Verdict } from './step-frame.tsx'

const abilities = () => {
  const devices = navigator.mediaDevices as MediaDevices | undefined
  return {
    isSecure: isSecureContext,
    hasCamera: devices?.getUserMedia !== undefined,
    hasSockets: typeof WebSocket !== 'undefined',
    hasStore: typeof indexedDB !== 'undefined',
    hasSound: typeof AudioWorkletNode !== 'undefined'
  }
}

/** Whether this browser can take an exam, and the address is encrypted. */
export function BrowserStep ({ examId }: { readonly examId: string }) {
  const problems = browserProblems(abilities())
  return (
    <StepFrame examId={examId} step='browser' isPassed={problems.length === 0} advice={<Text size='sm'>{t('adviceBrowser')}</Text>}>
      {problems.length === 0
        ? <Verdict isGood>{t('browserGood')}</Verdict>
        : <List>{problems.map(problem => <List.Item key={problem}>{t(`browser.${problem}`)}</List.Item>)}</List>}
    </StepFrame>
  )
}
