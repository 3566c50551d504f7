import { Button, Group, Menu, SegmentedControl, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { Loaded } from '../../shared/loaded.tsx'
import { dateTime, number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { ExamPage } from '../exam-page.tsx'
import table from '../exams.module.css'
import type { Attempt, Exam } from '../types.ts'
import { useAttempts } from '../use-exam-pages.ts'
import { AllowDialog, type Allowance } from './allow-dialog.tsx'
import { standingOf } from './standing.ts'
import { t } from './text.ts'

const FILTERS = ['all', 'open', 'submitted', 'toGrade'] as const

export default function AttemptsPage () {
  useLanguage()
  return <ExamPage tab='attempts'>{exam => <Attempts exam={exam} />}</ExamPage>
}

function Attempts ({ exam }: { readonly exam: Exam }) {
  const [search, setSearch] = useSearchParams()
  const [asked, setAsked] = useState<{ readonly allowance: Allowance, readonly attempt: Attempt }>()
  const filter = FILTERS.find(filter => filter === search.get('show')) ?? 'all'
  const found = useAttempts(exam.id, {
    state: filter === 'open' || filter === 'submitted' ? filter : undefined,
    needsGrading: filter === 'toGrade' || undefined
  })
  return (
    <Stack align='stretch'>
      <Group justify='space-between'>
        <SegmentedControl
          aria-label={t('show')} value={filter} data={FILTERS.map(value => ({ value, label: t(`show.${value}`) }))}
          onChange={value => setSearch(value === 'all' ? {} : { show: value }, { replace: true })}
        />
        {found.data?.pages.some(({ attempts }) => attempts.length > 0) === true && (
          <Button component={Link} href={`/exams/${exam.id}/grading`} variant='default'>{t('gradeAll')}</Button>
        )}
      </Group>
      <Loaded query={found}>
        {({ pages }) => {
          const attempts = pages.flatMap(({ attempts }) => attempts)
          if (attempts.length === 0) return <Text>{t(filter === 'all' ? 'noAttempts' : 'noneOfThese')}</Text>
          return (
            <>
              <Table className={table['rows']} verticalSpacing='sm'>
                <Table.Thead>
                  <Table.Tr>
                    {(['candidate', 'standing', 'times', 'points', 'actions'] as const).map(name => (
                      <Table.Th key={name} scope='col'>{t(name)}</Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {attempts.map(attempt => (
                    <Row
                      key={attempt.id} exam={exam} attempt={attempt}
                      onAsk={allowance => setAsked({ allowance, attempt })}
                    />
                  ))}
                </Table.Tbody>
              </Table>
              {found.hasNextPage && (
                <Button
                  variant='default' w='fit-content' loading={found.isFetchingNextPage}
                  onClick={() => { found.fetchNextPage().catch(() => {}) }}
                >
                  {t('showMore')}
                </Button>
              )}
            </>
          )
        }}
      </Loaded>
      {asked !== undefined && <AllowDialog {...asked} onClose={() => setAsked(undefined)} />}
    </Stack>
  )
}

interface RowProps {
  readonly exam: Exam
  readonly attempt: Attempt
  onAsk (allowance: Allowance): void
}

function Row ({ exam, attempt, onAsk }: RowProps) {
  const { isOpen, needsGrading, isTerminated } = standingOf(attempt)
  return (
    <Table.Tr>
      <Table.Td>
        <Text size='sm' fw={600}>{attempt.userName}</Text>
        <Text size='sm' c='dimmed'>{attempt.userEmail}</Text>
        {attempt.number > 1 && <Text size='sm' c='dimmed'>{t('number', { number: number(attempt.number) })}</Text>}
      </Table.Td>
      <Table.Td>
        <Text size='sm'>{isOpen ? t('running') : t(`by.${attempt.submittedBy ?? 'candidate'}`)}</Text>
        {needsGrading && <Text size='sm' fw={600}>{t('needsGrading')}</Text>}
        {attempt.reopenedAtMs !== null && (
          <Text size='sm' c='dimmed'>{t('reopened', { time: dateTime(attempt.reopenedAtMs) })}</Text>
        )}
        {attempt.anotherAllowedAtMs !== null && <Text size='sm' c='dimmed'>{t('anotherAllowed')}</Text>}
        {attempt.unwatchedAllowedAtMs !== null && <Text size='sm' c='dimmed'>{t('unwatchedAllowed')}</Text>}
      </Table.Td>
      <Table.Td>
        <Text size='sm'>{t('startedAt', { time: dateTime(attempt.startedAtMs) })}</Text>
        {attempt.submittedAtMs !== null && (
          <Text size='sm'>{t('handedInAt', { time: dateTime(attempt.submittedAtMs) })}</Text>
        )}
      </Table.Td>
      <Table.Td>
        {attempt.points === null || isOpen
          ? '–'
          : <Text size='sm'>{t('ofPoints', { points: number(attempt.points, 2), max: number(attempt.pointsMax ?? 0, 2) })}</Text>}
        {attempt.correctedAtMs !== null && <Text size='sm' c='dimmed'>{t('corrected')}</Text>}
      </Table.Td>
      <Table.Td>
        <Menu position='bottom-end'>
          <Menu.Target>
            <Button size='compact-sm' variant='default' aria-label={t('actionsFor', { name: attempt.userName })}>
              {t('actions')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {!isOpen && (
              <Menu.Item component={Link} href={`/exams/${exam.id}/grading?by=candidate&attempt=${attempt.id}&show=all`}>
                {t('grade')}
              </Menu.Item>
            )}
            {!isOpen && <Menu.Item onClick={() => onAsk('reopen')}>{t('reopen')}</Menu.Item>}
            {isTerminated && attempt.anotherAllowedAtMs === null && (
              <Menu.Item onClick={() => onAsk('allow-another')}>{t('allowAnother')}</Menu.Item>
            )}
            {isOpen && (
              <Menu.Item onClick={() => onAsk(attempt.unwatchedAllowedAtMs === null ? 'allow-unwatched' : 'end-unwatched')}>
                {t(attempt.unwatchedAllowedAtMs === null ? 'allowUnwatched' : 'endUnwatched')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  )
}
