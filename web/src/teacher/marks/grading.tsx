import { Alert, Anchor, Button, Group, Progress, SegmentedControl, Stack, Text } from '@mantine/core'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useParams, useSearchParams } from 'wouter'
import { Loaded } from '../../shared/loaded.tsx'
import { number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { excerpt } from '../excerpt.ts'
import { ExamPage } from '../exam-page.tsx'
import { RefusalNote } from '../../shared/refusal.tsx'
import type { Attempt, Exam } from '../types.ts'
import { useAttempts } from '../use-exam-pages.ts'
import { GradeForm } from './grade-form.tsx'
import classes from './marks.module.css'
import { keyOf, placeIn, queueOf, type By, type Item, type Show } from './queue.ts'
import { t } from './text.ts'
import { useResults } from './use-results.ts'

const BYS = ['question', 'candidate'] as const
const SHOWS = ['open', 'hand', 'all'] as const

export default function GradingPage () {
  useLanguage()
  return <ExamPage tab='grading'>{exam => <Grading exam={exam} />}</ExamPage>
}

function Grading ({ exam }: { readonly exam: Exam }) {
  const found = useAttempts(exam.id, { state: 'submitted' }, 100)
  return (
    <Loaded query={found}>
      {({ pages }) => {
        const attempts = pages.flatMap(({ attempts }) => attempts)
        if (attempts.length === 0) return <Text>{t('nothingHandedIn')}</Text>
        return (
          <>
            <Queue attempts={attempts} isWhole={!found.hasNextPage} />
            {found.hasNextPage && (
              <Button
                variant='default' w='fit-content' loading={found.isFetchingNextPage}
                onClick={() => { found.fetchNextPage().catch(() => {}) }}
              >
                {t('moreAttempts')}
              </Button>
            )}
          </>
        )
      }}
    </Loaded>
  )
}

interface QueueProps {
  readonly attempts: readonly Attempt[]
  /** No more attempts are to be read. */
  readonly isWhole: boolean
}

function Queue ({ attempts, isWhole }: QueueProps) {
  const { examId = '' } = useParams()
  const [search, setSearch] = useSearchParams()
  const by: By = BYS.find(by => by === search.get('by')) ?? 'question'
  const show: Show = SHOWS.find(show => show === search.get('show')) ?? 'hand'
  const { results, total, error } = useResults(attempts)
  const queue = useMemo(() => queueOf(results, by, show), [results, by, show])
  const at = placeIn(queue, { attemptId: search.get('attempt'), questionId: search.get('question') })
  const item = queue[at]

  const go = useCallback((change: Readonly<Record<string, string>>) => setSearch(before => {
    const next = new URLSearchParams(before)
    for (const [name, value] of Object.entries(change)) next.set(name, value)
    return next
  }, { replace: true }), [setSearch])
  const move = useCallback((step: number) => {
    const next = queue[at + step]
    if (next !== undefined) go({ attempt: next.attemptId, question: next.questionId })
  }, [queue, at, go])
  const isLoading = results.length < total
  const open = queue.filter(({ answer }) => answer.points === null).length
  return (
    <Stack>
      <Group>
        <SegmentedControl
          aria-label={t('order')} value={by} data={BYS.map(value => ({ value, label: t(`by.${value}s`) }))}
          onChange={value => go({ by: value })}
        />
        <SegmentedControl
          aria-label={t('show')} value={show} data={SHOWS.map(value => ({ value, label: t(`queue.${value}`) }))}
          onChange={value => go({ show: value })}
        />
        <Text size='sm' role='status'>{isLoading ? t('reading') : t('left', { count: number(open) })}</Text>
        {isWhole && !isLoading && open === 0 && (
          <Anchor component={Link} size='sm' href={`/exams/${examId}/results`}>{t('toResults')}</Anchor>
        )}
      </Group>
      {isLoading && <Progress value={100 * results.length / total} aria-label={t('reading')} />}
      {error !== undefined && <RefusalNote error={error} />}
      {item === undefined
        ? !isLoading && <Alert variant='outline'>{t('allGraded')}</Alert>
        : (
          <div className={classes['columns']}>
            <List
              queue={queue} by={by} at={at}
              onPick={({ attemptId, questionId }) => go({ attempt: attemptId, question: questionId })}
            />
            <GradeForm
              key={keyOf(item)} item={item} isFirst={at === 0} isLast={at === queue.length - 1}
              place={t('placeOf', { place: number(at + 1), count: number(queue.length) })} onMove={move}
            />
          </div>
          )}
    </Stack>
  )
}

interface ListProps {
  readonly queue: readonly Item[]
  readonly by: By
  readonly at: number
  onPick (item: Item): void
}

/** The queue; the current item stays in sight. */
function List ({ queue, by, at, onPick }: ListProps) {
  const list = useRef<HTMLOListElement>(null)
  const [all] = useState(() => new Map<string, number>())
  for (const { answer } of queue) if (!all.has(answer.questionId)) all.set(answer.questionId, all.size + 1)
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [at])
  return (
    <ol ref={list} className={classes['queue']} aria-label={t('queue')} tabIndex={-1}>
      {queue.map((item, index) => {
        const before = queue[index - 1]
        const group = by === 'question' ? item.questionId : item.attemptId
        const isNew = before === undefined || group !== (by === 'question' ? before.questionId : before.attemptId)
        const { points, pointsMax, text } = item.answer
        return (
          <li key={keyOf(item)}>
            {isNew && (
              <div className={classes['heading']}>{by === 'question' ? excerpt(text, 80) : item.name}</div>
            )}
            <button type='button' aria-current={index === at ? 'true' : undefined} onClick={() => onPick(item)}>
              <span>{by === 'question' ? item.name : excerpt(text, 60)}</span>
              <span className={classes['facts']}>
                {points === null
                  ? t('needsGrading')
                  : t('ofPoints', { points: number(points, 2), max: number(pointsMax, 2) })}
              </span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}
