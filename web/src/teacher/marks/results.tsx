import { Alert, Button, Group, List, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { api, query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { dateTime, number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { Confirm } from '../../shared/confirm.tsx'
import { download, fileNameOf } from '../../shared/download.ts'
import { excerpt } from '../excerpt.ts'
import { ExamPage } from '../exam-page.tsx'
import table from '../exams.module.css'
import { useRefresh } from '../refresh.ts'
import type { Exam } from '../types.ts'
import { Histogram, HistogramTable } from './histogram.tsx'
import classes from './marks.module.css'
import { remarkOf, type ExamFigures } from './statistics.ts'
import { tellProblem } from '../tell.ts'
import { t } from './text.ts'

export default function ResultsPage () {
  useLanguage()
  return <ExamPage tab='results'>{exam => <Results exam={exam} />}</ExamPage>
}

const percent = (share: number): string => `${number(100 * share, 1)} %`

function Results ({ exam }: { readonly exam: Exam }) {
  const statistics = query.useQuery('get', '/api/v1/exams/{examId}/statistics', {
    params: { path: { examId: exam.id } }
  })
  const found = query.useQuery('get', '/api/v1/exams/{examId}/statistics/questions', {
    params: { path: { examId: exam.id } }
  })
  return (
    <>
      <Release
        exam={exam} submitted={statistics.data?.submitted ?? 0}
        toGrade={(statistics.data?.submitted ?? 0) - (statistics.data?.graded ?? 0)}
      />
      <Loaded query={statistics}>
        {({ open, submitted, graded, meanShare, risk }) => (
          <dl className={classes['numbers']}>
            <div><dt>{t('stat.open')}</dt><dd>{number(open)}</dd></div>
            <div><dt>{t('stat.submitted')}</dt><dd>{number(submitted)}</dd></div>
            <div><dt>{t('stat.graded')}</dt><dd>{number(graded)}</dd></div>
            <div><dt>{t('stat.mean')}</dt><dd>{meanShare === null ? '–' : percent(meanShare)}</dd></div>
            <div>
              <dt>{t('stat.risk')}</dt>
              <dd className={classes['risks']}>{t('risks', { low: number(risk.low), medium: number(risk.medium), high: number(risk.high) })}</dd>
            </div>
          </dl>
        )}
      </Loaded>
      <Loaded query={found}>
        {figures => figures.questions.every(({ graded }) => graded === 0)
          ? <Text>{t('noResults')}</Text>
          : <Figures exam={exam} figures={figures} />}
      </Loaded>
    </>
  )
}

interface ReleaseProps {
  readonly exam: Exam
  /** Attempts that are handed in. */
  readonly submitted: number
  readonly toGrade: number
}

/** Shows the results to the candidates, or takes them back. */
function Release ({ exam, submitted, toGrade }: ReleaseProps) {
  const refresh = useRefresh()
  const [isAsking, setIsAsking] = useState(false)
  const isReleased = exam.resultsReleasedAtMs !== null
  const save = () => {
    download(`/admin/export/results?examId=${exam.id}&format=csv`, `${fileNameOf(exam.title)}.csv`)
      .catch(tellProblem)
  }
  return (
    <Group justify='space-between'>
      <Text>
        {exam.resultsReleasedAtMs === null
          ? t('notReleased')
          : t('releasedAt', { time: dateTime(exam.resultsReleasedAtMs) })}
      </Text>
      <Group gap='xs'>
        <Button variant='default' onClick={save}>{t('csv')}</Button>
        <Button {...((isReleased || submitted === 0) && { variant: 'default' })} onClick={() => setIsAsking(true)}>
          {t(isReleased ? 'withdraw' : 'release')}
        </Button>
      </Group>
      {isAsking && (
        <Confirm
          title={t(isReleased ? 'withdrawTitle' : 'releaseTitle')} action={t(isReleased ? 'withdraw' : 'release')}
          onClose={() => setIsAsking(false)}
          onConfirm={async () => {
            await api.POST('/api/v1/exams/{examId}/release', {
              params: { path: { examId: exam.id } }, body: { released: !isReleased }
            })
            await refresh('/api/v1/exams/{examId}', '/api/v1/exams')
          }}
        >
          {isReleased
            ? <Text>{t('withdrawAfter')}</Text>
            : (
              <Stack gap='xs'>
                <List spacing={4}>
                  <List.Item>{t('releaseSees')}</List.Item>
                  <List.Item>{t('releaseNotKey')}</List.Item>
                  <List.Item>{t('releaseNoReopen')}</List.Item>
                </List>
                {toGrade > 0 && (
                  <Alert variant='outline' color='orange'>{t('releaseUngraded', { count: number(toGrade) })}</Alert>
                )}
              </Stack>
              )}
        </Confirm>
      )}
    </Group>
  )
}

function Figures ({ exam, figures: { questions, shares } }: { readonly exam: Exam, readonly figures: ExamFigures }) {
  const { attempts, tenths, median } = shares
  return (
    <>
      <Paper withBorder p='md' component='section'>
        <Title order={2} mb='xs'>{t('distribution')}</Title>
        {attempts === 0
          ? <Text>{t('noneGraded')}</Text>
          : (
            <Stack>
              <Text size='sm' c='dimmed'>
                {t('distributionWhat', { count: number(attempts), median: median === null ? '–' : percent(median) })}
              </Text>
              <Histogram counts={tenths} />
              <details><summary>{t('asTable')}</summary><HistogramTable counts={tenths} /></details>
            </Stack>
            )}
      </Paper>
      <Paper withBorder p='md' component='section'>
        <Title order={2} mb='xs'>{t('byQuestion')}</Title>
        <Text size='sm' c='dimmed' mb='sm'>{t('byQuestionWhat')}</Text>
        <Table className={table['rows']} verticalSpacing='xs'>
          <Table.Thead>
            <Table.Tr>
              {(['question', 'graded', 'reached', 'discrimination'] as const).map(name => (
                <Table.Th key={name} scope='col'>{t(`figure.${name}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {questions.map((figures, index) => {
              const { questionId, text, graded, meanShare, discrimination } = figures
              const remark = remarkOf(figures)
              return (
                <Table.Tr key={questionId}>
                  <Table.Td>
                    {number(index + 1)}. {excerpt(text, 90)}
                    {remark !== undefined && <Text size='sm' fw={600}>{t(`remark.${remark}`)}</Text>}
                  </Table.Td>
                  <Table.Td data-label={t('figure.graded')}>{number(graded)}</Table.Td>
                  <Table.Td>
                    {meanShare === null
                      ? '–'
                      : (
                        <Group gap='xs' wrap='nowrap'>
                          <span className={classes['bar']} aria-hidden><i style={{ width: `${100 * meanShare}%` }} /></span>
                          <span>{percent(meanShare)}</span>
                        </Group>
                        )}
                  </Table.Td>
                  <Table.Td data-label={t('figure.discrimination')}>
                    {discrimination === null ? '–' : number(discrimination, 2)}
                  </Table.Td>
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Table>
        <Button component={Link} href={`/exams/${exam.id}/corrections`} variant='default' size='xs' mt='sm'>
          {t('correctQuestion')}
        </Button>
      </Paper>
    </>
  )
}
