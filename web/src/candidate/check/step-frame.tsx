import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { PageTitle } from '../../shared/page-title.tsx'
import { number } from '../../text/format.ts'
import { t as roomText } from '../room/text.ts'
import { t } from '../text.ts'
import { nextStep, previousStep, type CheckStep } from './check-steps.ts'
import { useCheckSteps } from './use-check-steps.ts'

interface Props {
  readonly examId: string
  readonly step: CheckStep
  /** Passed: the way on is the main button. */
  readonly isPassed: boolean
  /** What to do when it does not work. */
  readonly advice: ReactNode
  readonly children: ReactNode
}

/** One step of the check: what it does, the way on, and a way out for when it does not work. */
export function StepFrame ({ examId, step, isPassed, advice, children }: Props) {
  const steps = useCheckSteps(examId)
  const before = previousStep(steps, step)
  const next = `/exams/${examId}/check/${nextStep(steps, step)}`
  return (
    <>
      <Text size='sm' c='dimmed'>
        {t('stepOf', { number: number(steps.indexOf(step) + 1), total: number(steps.length) })}
      </Text>
      <PageTitle>{t(`step.${step}`)}</PageTitle>
      <Stack>
        {children}
        <Group>
          {before !== undefined && (
            <Button component={Link} href={`/exams/${examId}/check/${before}`} variant='default'>{t('back')}</Button>
          )}
          {isPassed
            ? <Button component={Link} href={next}>{roomText('next')}</Button>
            : <Button component={Link} href={next} variant='default'>{t('goOnWithout')}</Button>}
        </Group>
        <details>
          <summary>{t('doesNotWork')}</summary>
          <Stack gap='xs' mt='xs'>
            {advice}
            <Text size='sm'>{t('callSomebody')}</Text>
            <Anchor component={Link} href='/exams' size='sm'>{roomText('backToExams')}</Anchor>
          </Stack>
        </details>
      </Stack>
    </>
  )
}

interface VerdictProps {
  /** Undefined: not known yet. */
  readonly isGood: boolean | undefined
  readonly children: ReactNode
}

export function Verdict ({ isGood, children }: VerdictProps) {
  const color = isGood === undefined ? 'inherit' : isGood ? 'var(--well)' : 'var(--notable)'
  return (
    <Text role='status' fw={600} c={color}>
      {isGood !== undefined && <span aria-hidden='true'>{isGood ? '✓ ' : '▲ '}</span>}{children}
    </Text>
  )
}
