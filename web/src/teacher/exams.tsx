import { Anchor, Button, Group, SegmentedControl, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { PageTitle } from '../shared/page-title.tsx'
import { dateTime, number } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import classes from './exams.module.css'
import { ImportExam } from './import-exam.tsx'
import { spanWords } from './span-words.ts'
import { StateBadge } from './state-badge.tsx'
import { t } from './text.ts'
import type { Exam } from './types.ts'
import { useExams } from './use-exam-pages.ts'

const STATES = ['draft', 'published', 'archived'] as const

/** The exams of a teacher, newest first. */
export default function ExamsPage () {
  useLanguage()
  const [search, setSearch] = useSearchParams()
  const [isImporting, setIsImporting] = useState(false)
  const state = STATES.find(state => state === search.get('state'))
  const words = search.get('search')?.trim() ?? ''
  const change = (name: string, value: string) => setSearch(before => {
    const next = new URLSearchParams(before)
    if (value === '') next.delete(name)
    else next.set(name, value)
    return next
  }, { replace: true })
  const look = useDebouncedCallback((text: string) => change('search', text), 300)
  const found = useExams(state, words)

  return (
    <>
      <Group justify='space-between' align='flex-start'>
        <PageTitle>{t('exams')}</PageTitle>
        <Group gap='xs'>
          <Button variant='default' onClick={() => setIsImporting(true)}>{t('import')}</Button>
          <Button component={Link} href='/exams/new'>{t('newExam')}</Button>
        </Group>
      </Group>
      <Group mb='md' align='flex-end'>
        <TextInput
          type='search' label={t('searchTitle')} defaultValue={words} w={280} maw='100%'
          onChange={event => look(event.currentTarget.value)}
        />
        <SegmentedControl
          aria-label={t('stateFilter')} value={state ?? ''} onChange={value => change('state', value)}
          data={[{ value: '', label: t('allStates') }, ...STATES.map(value => ({ value, label: t(`filter.${value}`) }))]}
        />
      </Group>
      <Loaded query={found}>
        {({ pages }) => {
          const exams = pages.flatMap(({ exams }) => exams)
          return exams.length === 0
            ? <Empty isFiltered={state !== undefined || words !== ''} />
            : (
              <Stack align='flex-start'>
                <Rows exams={exams} />
                {found.hasNextPage && (
                  <Button
                    variant='default' loading={found.isFetchingNextPage}
                    onClick={() => { found.fetchNextPage().catch(() => {}) }}
                  >
                    {t('showMore')}
                  </Button>
                )}
              </Stack>
              )
        }}
      </Loaded>
      {isImporting && <ImportExam onClose={() => setIsImporting(false)} />}
    </>
  )
}

function Empty ({ isFiltered }: { readonly isFiltered: boolean }) {
  return (
    <Stack align='flex-start' className={classes['empty']}>
      <Text>{t(isFiltered ? 'noneFound' : 'noExams')}</Text>
      {!isFiltered && <Button component={Link} href='/exams/new'>{t('firstExam')}</Button>}
    </Stack>
  )
}

function Rows ({ exams }: { readonly exams: readonly Exam[] }) {
  return (
    <Table className={classes['rows']} verticalSpacing='sm' highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          {(['title', 'state', 'times', 'attempts'] as const).map(name => (
            <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {exams.map(exam => (
          <Table.Tr key={exam.id}>
            <Table.Td>
              <Anchor
                component={Link} fw={600} href={`/exams/${exam.id}/${exam.state === 'draft' ? 'questions' : 'attempts'}`}
              >
                {exam.title}
              </Anchor>
            </Table.Td>
            <Table.Td><StateBadge exam={exam} /></Table.Td>
            <Table.Td><Times exam={exam} /></Table.Td>
            <Table.Td><Counts exam={exam} /></Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Times ({ exam: { opensAtMs, closesAtMs, durationMs } }: { readonly exam: Exam }) {
  const window = opensAtMs !== null && closesAtMs !== null
    ? t('fromTo', { opens: dateTime(opensAtMs), closes: dateTime(closesAtMs) })
    : opensAtMs !== null
      ? t('from', { opens: dateTime(opensAtMs) })
      : closesAtMs !== null ? t('until', { closes: dateTime(closesAtMs) }) : t('anyTime')
  return (
    <>
      <Text size='sm'>{window}</Text>
      <Text size='sm' c='dimmed'>{durationMs === null ? t('noDuration') : spanWords(durationMs)}</Text>
    </>
  )
}

/** A draft has no attempts, so nothing is asked for it. */
function Counts ({ exam }: { readonly exam: Exam }) {
  const { data } = query.useQuery('get', '/api/v1/exams/{examId}/statistics', {
    params: { path: { examId: exam.id } }
  }, { enabled: exam.state !== 'draft' })
  if (exam.state === 'draft') return <Text size='sm' c='dimmed'>–</Text>
  if (data === undefined) return <Skeleton height={16} width={110} />
  const { open, submitted, graded } = data
  return (
    <>
      <Text size='sm'>{t('counts', { open: number(open), submitted: number(submitted) })}</Text>
      {submitted > graded && <Text size='sm' fw={600}>{t('toGrade', { count: number(submitted - graded) })}</Text>}
      {exam.resultsReleasedAtMs !== null && <Text size='sm' c='dimmed'>{t('released')}</Text>}
    </>
  )
}
