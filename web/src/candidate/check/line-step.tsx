import { Button, Progress, Text } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Problem } from '../../shared/problem.tsx'
import { number } from '../../text/format.ts'
import { t } from '../text.ts'
import { lineVerdict, type LineVerdict } from './check-steps.ts'
import { formOf } from './form.ts'
import { StepFrame, Verdict } from './step-frame.tsx'

const SENDINGS = 4
/** Enough is known by then, also of a slow line. */
const MS_MAX = 10_000
const WIDTH = 640
const HEIGHT = 480

/** A gray picture with faint noise: nothing can be seen in it, and it hardly compresses. */
async function noise (): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH
  canvas.height = HEIGHT
  const context = canvas.getContext('2d')!
  const picture = context.createImageData(WIDTH, HEIGHT)
  const { data } = picture
  for (let index = 0; index < data.length; index++) data[index] = index % 4 === 3 ? 255 : 116 + Math.random() * 24
  context.putImageData(picture, 0, 0)
  return await new Promise((resolve, reject) => canvas.toBlob(
    blob => blob === null ? reject(new Error('no picture')) : resolve(blob), 'image/jpeg', 1))
}

/** How fast this computer can send to the server. */
export function LineStep ({ examId }: { readonly examId: string }) {
  const [progress, setProgress] = useState<number>()
  const [result, setResult] = useState<{ readonly verdict: LineVerdict, readonly kilobytes: number }>()
  const [error, setError] = useState<Error>()
  const measure = async () => {
    setError(undefined)
    setResult(undefined)
    setProgress(0)
    const picture = await noise()
    let [bytes, ms] = [0, 0]
    for (let sending = 1; sending <= SENDINGS && ms < MS_MAX; sending++) {
      const startedAtMs = performance.now()
      await api.POST('/api/v1/analyze', formOf('image', picture))
      ms += performance.now() - startedAtMs
      bytes += picture.size
      setProgress(100 * sending / SENDINGS)
    }
    setResult({ verdict: lineVerdict(bytes, ms), kilobytes: bytes / ms })
  }
  const run = () => { measure().catch((error: Error) => setError(error)).finally(() => setProgress(undefined)) }
  return (
    <StepFrame
      examId={examId} step='line' isPassed={result !== undefined && result.verdict !== 'slow'}
      advice={<Text size='sm'>{t('adviceLine')}</Text>}
    >
      <Text>{t('lineWhat')}</Text>
      {progress !== undefined && <Progress value={progress} aria-label={t('measuring')} maw={420} />}
      {result !== undefined && (
        <Verdict isGood={result.verdict !== 'slow'}>
          {t(`line.${result.verdict}`, { kilobytes: number(result.kilobytes) })}
        </Verdict>
      )}
      {error !== undefined && <Problem error={error} />}
      <Button onClick={run} loading={progress !== undefined} maw={280} variant={result === undefined ? 'filled' : 'default'}>
        {t(result === undefined ? 'measure' : 'measureAgain')}
      </Button>
    </StepFrame>
  )
}
