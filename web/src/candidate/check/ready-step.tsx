import { Anchor, Button, Group, List, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { api, dataOf, query } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { useUser } from '../../api/use-login.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { PageTitle } from '../../shared/page-title.tsx'
import { Problem } from '../../shared/problem.tsx'
import { dateTime, duration, number } from '../../text/format.ts'
import { keptScreen } from '../../live/screen-share.ts'
import { consentOf } from '../consent.ts'
import { listText } from '../list-text.ts'
import { t as roomText } from '../room/text.ts'
import { t } from '../text.ts'
import type { Exam, Preflight } from '../types.ts'
import { previousStep } from './check-steps.ts'
import { useCheckSteps } from './use-check-steps.ts'

interface Props {
  readonly examId: string
  readonly preflight: Preflight | undefined
}

/** The last step: what is missing, the time until the exam opens, and the start. */
export function ReadyStep ({ examId, preflight }: Props) {
  const steps = useCheckSteps(examId)
  const exam = query.useQuery('get', '/api/v1/exams/{examId}', { params: { path: { examId } } }, { refetchInterval: 15_000 })
  return (
    <>
      <Text size='sm' c='dimmed'>
        {t('stepOf', { number: number(steps.length), total: number(steps.length) })}
      </Text>
      <PageTitle>{t('step.ready')}</PageTitle>
      <Loaded query={exam}>{exam => <Ready exam={exam} preflight={preflight} />}</Loaded>
    </>
  )
}

function Ready ({ exam, preflight }: { readonly exam: Exam, readonly preflight: Preflight | undefined }) {
  const [, navigate] = useLocation()
  const before = previousStep(useCheckSteps(exam.id), 'ready')!
  const hasFace = useUser()?.hasFace === true
  const [error, setError] = useState<Error>()
  const [isStarting, setIsStarting] = useState(false)
  const [fullFor, setFullFor] = useState<number>()
  const [nowMs, setNowMs] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  const begin = () => {
    setIsStarting(true)
    setError(undefined)
    dataOf(api.POST('/api/v1/exams/{examId}/start', { params: { path: { examId: exam.id } }, body: {} }))
      .then(({ attempt }) => navigate(`/attempts/${attempt.id}/q/1`), (error: Error) => {
        setIsStarting(false)
        if (error instanceof ApiError && error.status === 503 && error.retryAfterSeconds !== undefined) {
          return setFullFor(error.retryAfterSeconds)
        }
        setError(error)
      })
  }
  useEffect(() => {
    if (fullFor === undefined) return
    const timer = setTimeout(() => {
      setFullFor(fullFor > 1 ? fullFor - 1 : undefined)
      if (fullFor <= 1) begin()
    }, 1000)
    return () => clearTimeout(timer)
  }, [fullFor])

  const opensInMs = exam.opensAtMs === null ? 0 : exam.opensAtMs - nowMs
  const missing = [
    consentOf(exam.id) === 'yes' ? undefined : { text: t('missing.consent'), href: `/exams/${exam.id}` },
    !exam.needsPreflight || preflight?.isPassed === true
      ? undefined
      : { text: t('missing.preflight'), href: `/exams/${exam.id}/check/light` },
    exam.identity === 'required' && !hasFace
      ? { text: t('missing.face'), href: `/exams/${exam.id}/check/face` }
      : undefined,
    exam.recordsScreen === true && keptScreen() === undefined
      ? { text: t('missing.screen'), href: `/exams/${exam.id}/check/screen` }
      : undefined
  ].filter(item => item !== undefined)
  return (
    <Stack>
      {missing.length > 0
        ? (
          <List>
            {missing.map(({ text, href }) => (
              <List.Item key={href}><Anchor component={Link} href={href}>{text}</Anchor></List.Item>
            ))}
          </List>
          )
        : <Text>{t('readyWhat')}</Text>}
      {opensInMs > 0 && (
        <Text role='timer'>
          {listText('opens', { time: dateTime(exam.opensAtMs!) })} ({listText('opensIn', { time: duration(opensInMs) })})
        </Text>
      )}
      {fullFor !== undefined && <Text role='timer'>{roomText('fullWhy', { seconds: number(fullFor) })}</Text>}
      {error !== undefined && <Problem error={error} />}
      <Group>
        <Button component={Link} href={`/exams/${exam.id}/check/${before}`} variant='default'>{t('back')}</Button>
        <Button
          size='lg' onClick={begin} loading={isStarting || fullFor !== undefined}
          disabled={opensInMs > 0 || consentOf(exam.id) !== 'yes'}
        >
          {t('startExam')}
        </Button>
      </Group>
      <Text size='sm' c='dimmed'>{t('startNote')}</Text>
    </Stack>
  )
}
