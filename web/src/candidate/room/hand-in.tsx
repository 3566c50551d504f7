import { Alert, Anchor, Button, Group, List, Paper, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { api } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { PageTitle } from '../../shared/page-title.tsx'
import { number } from '../../text/format.ts'
import { t } from './text.ts'
import { isAnswered } from './question-state.ts'
import { useAnswers, useRoom, useRoomView } from './room-context.tsx'

/** A key for one hand-in; `randomUUID` is not there on an address without encryption. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')

/** Handing in, in two steps: what is unanswered, and once more whether it is meant. */
export function HandIn () {
  const { buffer, finish } = useRoom()
  const { answers, unsaved } = useAnswers()
  const [, navigate] = useLocation()
  /** One key for all tries: an answer that was lost is asked for again. */
  const key = useRef(newKey())
  const attemptId = useRoomView(({ attempt }) => attempt?.id)
  const questions = useRoomView(({ questions }) => questions)
  const title = useRoomView(({ title }) => title)
  const [step, setStep] = useState<'count' | 'sure' | 'sending'>('count')
  const [problem, setProblem] = useState<string>()
  const sure = useRef<HTMLDivElement>(null)
  useEffect(() => { buffer.flush().catch(() => {}) }, [])
  useEffect(() => { if (step === 'sure') sure.current?.focus() }, [step])
  if (attemptId === undefined) return null

  const open = questions?.flatMap((question, index) =>
    isAnswered(question, answers.get(question.id)?.value) ? [] : [index])
  const send = async () => {
    setStep('sending')
    setProblem(undefined)
    await buffer.flush()
    await api.POST('/api/v1/attempts/{attemptId}/submit', {
      params: { path: { attemptId }, header: { 'idempotency-key': key.current } }
    })
  }
  const done = () => {
    finish()
    navigate(`/attempts/${attemptId}`, { replace: true })
  }
  const submit = () => {
    send().then(done, (error: Error) => {
      // The time was over, or it was ended, in the meantime.
      if (error instanceof ApiError && error.code === 'INVIGIL_ERR_ATTEMPT_SUBMITTED') return done()
      setProblem(error instanceof ApiError ? error.message : t('handInLost'))
      setStep('sure')
    })
  }

  return (
    <Paper withBorder p='xl' bg='var(--card)'>
      <PageTitle trail={title === '' ? [t('handIn')] : [t('handIn'), title]}>{t('handIn')}</PageTitle>
      <Stack align='flex-start'>
        <Text role='status'>
          {questions === undefined || open === undefined
            ? t('handInUnknown')
            : open.length === 0
              ? t('handInAll', { total: number(questions.length) })
              : t('handInUnanswered', { unanswered: number(open.length), total: number(questions.length) })}
        </Text>
        {open !== undefined && open.length > 0 && (
          <List listStyleType='none' styles={{ item: { display: 'inline-block', marginRight: '.75rem' } }}>
            {open.map(index => (
              <List.Item key={index}>
                <Anchor component={Link} href={`/attempts/${attemptId}/q/${index + 1}`}>
                  {t('questionNumber', { number: number(index + 1) })}
                </Anchor>
              </List.Item>
            ))}
          </List>
        )}
        {unsaved > 0 && (
          <Alert color='yellow' variant='outline' role='alert'>{t('unsavedAnswers', { count: number(unsaved) })}</Alert>
        )}
        {step !== 'count' && (
          <Text ref={sure} fw={700} tabIndex={-1} role='alert' style={{ outline: 'none' }}>{t('handInSure')}</Text>
        )}
        {problem !== undefined && <Alert role='alert' color='red' variant='outline'>{problem}</Alert>}
        <Group>
          <Button component={Link} href={`/attempts/${attemptId}/q/${(open?.[0] ?? 0) + 1}`} variant='default'>
            {t('handInBack')}
          </Button>
          {step === 'count'
            ? <Button onClick={() => setStep('sure')}>{t('handInNext')}</Button>
            : <Button color='red' loading={step === 'sending'} onClick={submit}>{t('handInYes')}</Button>}
        </Group>
      </Stack>
    </Paper>
  )
}
