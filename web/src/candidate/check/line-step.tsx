import { Button, Progress, Text } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Problem } from '../../shared/problem.tsx'
import { number } from '../../text/format.ts'
import { t } from '../text.ts'
import { lineVerdict, padded, type LineVerdict } from './check-steps.ts'
import { formOf } from './form.ts'
import { StepFrame, Verdict } from './step-frame.tsx'

/** Enough is known by then, also of a slow line. */
const MS_MAX = 10_000
/** A line that carries the first in no time is measured with the second. */
const SENDINGS = [40_000, 200_000] as const
const SHORT_MS = 1000

/** A small gray picture: nothing is seen in it, so that the server's answer takes little time. */
async function gray (): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = 64
  canvas.height = 48
  const context = canvas.getContext('2d')!
  context.fillStyle = '#777'
  context.fillRect(0, 0, canvas.width, canvas.height)
  return await new Promise((resolve, reject) => canvas.toBlob(
    blob => blob === null ? reject(new Error('no picture')) : resolve(blob), 'image/jpeg'))
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
    const picture = new Uint8Array(await (await gray()).arrayBuffer())
    const deadline = AbortSignal.timeout(MS_MAX)
    const send = async (bytes: number): Promise<number> => {
      const startedAtMs = performance.now()
      await api.POST('/api/v1/analyze', { ...formOf('image', new Blob([padded(picture, bytes)])), signal: deadline })
      return performance.now() - startedAtMs
    }
    // The way there and back, and the server's own work, are no matter of the line's width.
    const answerMs = await send(0)
    let verdict: [bytes: number, ms: number] = [0, MS_MAX]
    for (const [index, bytes] of SENDINGS.entries()) {
      setProgress(100 * (index + 1) / (SENDINGS.length + 1))
      try {
        verdict = [bytes, Math.max(1, await send(bytes) - answerMs)]
      } catch (error) {
        if (!deadline.aborted) throw error
        if (index === 0) verdict = [bytes, MS_MAX]
        break
      }
      if (verdict[1] > SHORT_MS) break
    }
    setResult({ verdict: lineVerdict(...verdict), kilobytes: verdict[0] / verdict[1] })
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
