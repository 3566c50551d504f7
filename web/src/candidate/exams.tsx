import { Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useEffect, useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import { query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { PageTitle } from '../shared/page-title.tsx'
import { dateTime, duration, number } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import { sortExams, type OpenExam, type PastExam } from './exam-list.ts'
import { listText } from './list-text.ts'
import { registerServiceWorker } from './service-worker.ts'
import type { Exam } from './types.ts'

const ROWS_MAX = 100
/** Exams open by themselves while the page is looked at. */
const REFETCH_MS = 30_000

/** The candidate's exams: open now, coming, past. */
export default function ExamsPage () {
  useLanguage()
  const params = { params: { query: { limit: ROWS_MAX } } }
  const exams = query.useQuery('get', '/api/v1/exams', params, { refetchInterval: REFETCH_MS })
  const attempts = query.useQuery('get', '/api/v1/attempts', params, { refetchInterval: REFETCH_MS })
  const [nowMs, setNowMs] = useState(Date.now())
  useEffect(registerServiceWorker, [])
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return (
    <>
      <PageTitle>{listText('exams')}</PageTitle>
      <Loaded query={exams}>
        {({ exams }) => (
          <Loaded query={attempts}>
            {({ attempts }) => {
              const { open, coming, past } = sortExams(exams, attempts, nowMs)
              return (
                <Stack gap='xl'>
                  <Section title={listText('openNow')}>
                    {open.length === 0
                      ? <Text c='dimmed'>{listText(coming.length + past.length === 0 ? 'noExams' : 'noneOpen')}</Text>
                      : open.map(item => <OpenCard key={item.exam.id} {...item} />)}
                  </Section>
                  {coming.length > 0 && (
                    <Section title={listText('coming')}>
                      {coming.map(exam => <ComingCard key={exam.id} exam={exam} nowMs={nowMs} />)}
                    </Section>
                  )}
                  {past.length > 0 && (
                    <Section title={listText('past')}>
                      {past.map(item => <PastCard key={item.attempt?.id ?? item.examId} {...item} />)}
                    </Section>
                  )}
                </Stack>
              )
            }}
          </Loaded>
        )}
      </Loaded>
    </>
  )
}

function Section ({ title, children }: { readonly title: string, readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} mb='sm'>{title}</Title>
      <Stack gap='sm'>{children}</Stack>
    </section>
  )
}

function Card ({ children }: { readonly children: ReactNode }) {
  return <Paper withBorder p='md' bg='var(--card)'><Group justify='space-between' gap='md'>{children}</Group></Paper>
}

/** Its times in one line. */
export function ExamFacts ({ exam: { durationMs, closesAtMs } }: { readonly exam: Exam }) {
  const facts = [
    durationMs === null ? undefined : listText('length', { minutes: number(durationMs / 60_000) }),
    closesAtMs === null ? undefined : listText('closes', { time: dateTime(closesAtMs) })
  ].filter(fact => fact !== undefined)
  return facts.length === 0 ? null : <Text size='sm' c='dimmed'>{facts.join(' · ')}</Text>
}

function OpenCard ({ exam, attempt, isBlocked }: OpenExam) {
  return (
    <Card>
      <div>
        <Text fw={700} size='lg'>{exam.title}</Text>
        <ExamFacts exam={exam} />
        {attempt !== undefined && <Text size='sm'>{listText('running')}</Text>}
        {attempt === undefined && (exam.attemptsUsed ?? 0) > 0 && <Text size='sm'>{listText('again')}</Text>}
        {isBlocked && <Text size='sm'>{listText('blocked')}</Text>}
      </div>
      {!isBlocked && (
        <Button
          component={Link} size='lg' href={attempt === undefined ? `/exams/${exam.id}` : `/attempts/${attempt.id}/q/1`}
          aria-label={`${listText(attempt === undefined ? 'start' : 'continue')}: ${exam.title}`}
        >
          {listText(attempt === undefined ? 'start' : 'continue')}
        </Button>
      )}
    </Card>
  )
}

function ComingCard ({ exam, nowMs }: { readonly exam: Exam, readonly nowMs: number }) {
  const inMs = exam.opensAtMs! - nowMs
  return (
    <Card>
      <div>
        <Anchor component={Link} href={`/exams/${exam.id}`} fw={700} size='lg'>{exam.title}</Anchor>
        <ExamFacts exam={exam} />
      </div>
      <Text>
        {listText('opens', { time: dateTime(exam.opensAtMs!) })}
        {inMs < 3_600_000 && ` (${listText('opensIn', { time: duration(inMs) })})`}
      </Text>
    </Card>
  )
}

function PastCard ({ title, attempt }: PastExam) {
  if (attempt === undefined) {
    return <Card><Text fw={600}>{title}</Text><Text c='dimmed'>{listText('notTaken')}</Text></Card>
  }
  return (
    <Card>
      <div>
        <Anchor component={Link} href={`/attempts/${attempt.id}`} fw={600}>{title}</Anchor>
        {attempt.submittedAtMs !== null && (
          <Text size='sm' c='dimmed'>{listText('submittedAt', { time: dateTime(attempt.submittedAtMs) })}</Text>
        )}
      </div>
      {attempt.isReleased && attempt.points !== null
        ? (
          <Text fw={700}>
            {listText('pointsOf', { points: number(attempt.points, 2), max: number(attempt.pointsMax ?? 0, 2) })}
          </Text>
          )
        : (
          <Badge variant='outline' tt='none' color='gray' c='var(--mantine-color-text)'>
            {listText(attempt.submittedBy === 'terminated' ? 'terminatedShort' : 'noResultYet')}
          </Badge>
          )}
    </Card>
  )
}
