import { Alert, Anchor, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link, useParams } from 'wouter'
import { query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { PageTitle } from '../shared/page-title.tsx'
import { ExamActions } from './exam-actions.tsx'
import classes from './exam-page.module.css'
import { StateBadge } from './state-badge.tsx'
import { t } from './text.ts'
import type { Exam } from './types.ts'

const WRITING = ['questions', 'times', 'rules', 'people', 'preview'] as const
const AFTERWARD = ['attempts', 'grading', 'corrections', 'results'] as const
export type Tab = typeof WRITING[number] | typeof AFTERWARD[number]

interface Props {
  readonly tab: Tab
  children (exam: Exam): ReactNode
}

/** The frame of every page of one exam: title, state, actions, and the way to its other pages. */
export function ExamPage ({ tab, children }: Props) {
  const { examId } = useParams<{ examId: string }>()
  const exam = query.useQuery('get', '/api/v1/exams/{examId}', { params: { path: { examId } } })
  return (
    <Loaded query={exam}>
      {exam => (
        <>
          <Link href='/exams' className={classes['back'] ?? ''}>← {t('exams')}</Link>
          <Group justify='space-between' align='flex-start' gap='sm' mb='xs'>
            <Group gap='sm' align='center' className={classes['title']}>
              <PageTitle trail={[t(`tab.${tab}`), exam.title]}>{exam.title}</PageTitle>
              <StateBadge exam={exam} />
            </Group>
            <ExamActions exam={exam} />
          </Group>
          <nav aria-label={t('examPages')} className={classes['tabs']}>
            <Tabs examId={exam.id} tabs={WRITING} current={tab} />
            <span className={classes['gap']} />
            <Tabs examId={exam.id} tabs={AFTERWARD} current={tab} />
          </nav>
          <Stack gap='lg'>{children(exam)}</Stack>
        </>
      )}
    </Loaded>
  )
}

interface TabsProps {
  readonly examId: string
  readonly tabs: readonly Tab[]
  readonly current: Tab
}

function Tabs ({ examId, tabs, current }: TabsProps) {
  return tabs.map(tab => (
    <Link
      key={tab} href={`/exams/${examId}/${tab}`} className={classes['tab'] ?? ''}
      aria-current={tab === current ? 'page' : undefined}
    >
      {t(`tab.${tab}`)}
    </Link>
  ))
}

/** Said where candidates have begun, so that questions cannot change any more. */
export function UsedNote ({ examId }: { readonly examId: string }) {
  return (
    <Alert variant='outline' title={t('used')}>
      <Text size='sm'>
        {t('usedWhy')} <Anchor component={Link} underline='always' href={`/exams/${examId}/corrections`}>{t('usedWay')}</Anchor>
      </Text>
    </Alert>
  )
}

/** How many attempts there are; undefined until it is known. */
export function useAttemptCount (examId: string): number | undefined {
  const { data } = query.useQuery('get', '/api/v1/exams/{examId}/statistics', { params: { path: { examId } } })
  return data === undefined ? undefined : data.open + data.submitted
}
