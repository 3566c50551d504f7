import { Anchor, Button, Group, List, Paper, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import { api, query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { PageTitle } from '../shared/page-title.tsx'
import { Problem } from '../shared/problem.tsx'
import { RichText } from '../shared/rich-text.tsx'
import { dateTime, number } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import { consentOf, keepConsent } from './consent.ts'
import { listText } from './list-text.ts'
import { t as roomText } from './room/text.ts'
import { t } from './text.ts'
import type { Exam } from './types.ts'
import { Watched } from './watched.tsx'

/** Before an exam: what it is, what is watched in it, and whether the candidate agrees. */
export default function LobbyPage () {
  useLanguage()
  const { examId = '' } = useParams()
  const exam = query.useQuery('get', '/api/v1/exams/{examId}', { params: { path: { examId } } })
  const attempts = query.useQuery('get', '/api/v1/attempts', { params: { query: { limit: 1 } } })
  return (
    <Loaded query={exam}>
      {exam => {
        const running = attempts.data?.attempts.find(({ state }) => state === 'open')
        return (
          <Stack gap='lg' maw={760} mx='auto'>
            <div>
              <PageTitle>{exam.title}</PageTitle>
              {exam.description !== '' && <RichText text={exam.description} />}
            </div>
            <Facts exam={exam} />
            <Watched examId={examId} conditions={exam.conditions ?? []} />
            {running?.examId === examId
              ? (
                <Group>
                  <Text>{listText('running')}</Text>
                  <Button component={Link} size='lg' href={`/attempts/${running.id}/q/1`}>{listText('continue')}</Button>
                </Group>
                )
              : <Consent exam={exam} isOtherOpen={running !== undefined} />}
          </Stack>
        )
      }}
    </Loaded>
  )
}

function Facts ({ exam }: { readonly exam: Exam }) {
  const { durationMs, opensAtMs, closesAtMs, attemptsMax, attemptsUsed = 0, needsPreflight } = exam
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('facts')}>
      <Title order={2} mb='xs'>{t('facts')}</Title>
      <List spacing={4}>
        <List.Item>
          {durationMs === null ? t('noLength') : t('lengthYours', { minutes: number(durationMs / 60_000) })}
        </List.Item>
        {opensAtMs !== null && opensAtMs > Date.now() && <List.Item>{listText('opens', { time: dateTime(opensAtMs) })}</List.Item>}
        {closesAtMs !== null && <List.Item>{listText('closes', { time: dateTime(closesAtMs) })}</List.Item>}
        {attemptsMax !== null && (
          <List.Item>{t('attempts', { left: number(Math.max(0, attemptsMax - attemptsUsed)), max: number(attemptsMax) })}</List.Item>
        )}
        {needsPreflight && <List.Item>{t('needsCheck')}</List.Item>}
        <List.Item>{t('keptAlways')}</List.Item>
      </List>
      {mayPrepare(exam) && <Text mt='xs' fw={600}>{t('whatNext')}</Text>}
    </Paper>
  )
}

function Consent ({ exam, isOtherOpen }: { readonly exam: Exam, readonly isOtherOpen: boolean }) {
  const [answer, setAnswer] = useState(consentOf(exam.id))
  const [withdrawn, setWithdrawn] = useState<string>()
  const params = { params: { path: { examId: exam.id } } }
  const offer = query.useQuery('get', '/api/v1/exams/{examId}/consent', params, { staleTime: 0 })
  const [isSending, setIsSending] = useState(false)
  const [error, setError] = useState<Error>()
  const [, navigate] = useLocation()
  const choose = (next: 'yes' | 'no') => {
    keepConsent(exam.id, next)
    setAnswer(next)
  }
  /** The check begins when the server has stored the consent. */
  const agree = async (): Promise<void> => {
    const { noticeSha256, items } = offer.data ?? (await offer.refetch({ throwOnError: true })).data!
    const body = { noticeSha256, items: Object.fromEntries(items.map(({ key }) => [key, true])) }
    await api.PUT('/api/v1/exams/{examId}/consent', { ...params, body })
    choose('yes')
    navigate(`/exams/${exam.id}/check/browser`)
  }
  const sendConsent = () => {
    setIsSending(true)
    setError(undefined)
    agree().catch((error: Error) => setError(error)).finally(() => setIsSending(false))
  }
  const withdraw = () => {
    api.DELETE('/api/v1/exams/{examId}/consent', params).then(({ data }) => {
      setWithdrawn(data?.text)
      keepConsent(exam.id, 'no')
      setAnswer('no')
      offer.refetch().catch(() => {})
    }, (error: Error) => setWithdrawn(error.message))
  }
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('consent')}>
      <Title order={2} mb='xs'>{t('consent')}</Title>
      <Text mb='md'>{t('consentWhat')}</Text>
      {offer.data !== undefined && offer.data.items.length > 0 && (
        <>
          <Text>{t('agreeTo')}</Text>
          <List mb='md'>{offer.data.items.map(({ key, text }) => <List.Item key={key}>{text}</List.Item>)}</List>
        </>
      )}
      {offer.data?.consent != null && (
        <Group mb='md'>
          <Text>{t('agreed', { time: dateTime(offer.data.consent.givenAtMs) })}</Text>
          <Button size='xs' variant='default' onClick={withdraw}>{t('withdraw')}</Button>
        </Group>
      )}
      {withdrawn !== undefined && <Text role='status' mb='md'>{withdrawn}</Text>}
      {answer === 'no' && (
        <Text role='alert' mb='md'>{t('consentNo')}</Text>
      )}
      {isOtherOpen && <Text mb='md'>{listText('blocked')}</Text>}
      {exam.canStart !== true && !isOtherOpen && <Text mb='md' role='status'>{t(whyClosed(exam))}</Text>}
      {error !== undefined && <Problem error={error} />}
      <Group>
        {mayPrepare(exam) && <Button size='lg' loading={isSending} onClick={sendConsent}>{t('consentYes')}</Button>}
        {mayPrepare(exam) && answer !== 'no' && <Button variant='default' size='lg' onClick={() => choose('no')}>{t('consentRefuse')}</Button>}
        <Anchor component={Link} href='/exams'>{roomText('backToExams')}</Anchor>
      </Group>
    </Paper>
  )
}

/** An exam that is over, or whose attempts are used, asks for nothing more. */
const mayPrepare = (exam: Exam): boolean => exam.canStart === true || !['closed', 'noAttemptsLeft'].includes(whyClosed(exam))

/** Why an exam cannot be begun. Its check can be done before it opens. */
function whyClosed ({ opensAtMs, closesAtMs, attemptsMax, attemptsUsed = 0 }: Exam) {
  const nowMs = Date.now()
  if (opensAtMs !== null && opensAtMs > nowMs) return 'notOpenYet'
  if (closesAtMs !== null && closesAtMs <= nowMs) return 'closed'
  return attemptsMax !== null && attemptsUsed >= attemptsMax ? 'noAttemptsLeft' : 'cannotStart'
}
