import { Alert, Anchor, Badge, Button, CopyButton, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { Link, useParams } from 'wouter'
import { query } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import { Loaded } from '../shared/loaded.tsx'
import { PageTitle } from '../shared/page-title.tsx'
import { Problem } from '../shared/problem.tsx'
import { RichText } from '../shared/rich-text.tsx'
import { endingWords } from '../text/ending.ts'
import { dateTime, number } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import { valueText } from './room/question-page.tsx'
import { listText } from './list-text.ts'
import { t as roomText } from './room/text.ts'
import { t } from './text.ts'
import type { Attempt, Result } from './types.ts'
import classes from './room/room.module.css'

/** After an exam: how it ended, the receipt, and the result when it is released. */
export default function AttemptPage () {
  useLanguage()
  const { attemptId = '' } = useParams()
  const params = { params: { path: { attemptId } } }
  const attempt = query.useQuery('get', '/api/v1/attempts/{attemptId}', params, { staleTime: 0 })
  const examId = attempt.data?.examId ?? ''
  const exam = query.useQuery(
    'get', '/api/v1/exams/{examId}', { params: { path: { examId } } }, { enabled: examId !== '' }
  )
  return (
    <Loaded query={attempt}>
      {attempt => (
        <Stack gap='lg' maw={860} mx='auto'>
          <div><PageTitle>{exam.data?.title ?? t('exam')}</PageTitle></div>
          {attempt.state === 'open'
            ? (
              <Group>
                <Text>{listText('running')}</Text>
                <Button component={Link} href={`/attempts/${attemptId}/q/1`}>{listText('continue')}</Button>
              </Group>
              )
            : (
              <>
                <Ending attempt={attempt} />
                <ReceiptCard attemptId={attemptId} />
                <ResultCard attemptId={attemptId} />
                <Anchor component={Link} href={`/attempts/${attemptId}/report`}>{t('toReport')}</Anchor>
              </>
              )}
          <Anchor component={Link} href='/exams'>{roomText('backToExams')}</Anchor>
        </Stack>
      )}
    </Loaded>
  )
}

/** How it ended, by whom, why, and what the candidate can do now. */
function Ending ({ attempt: { submittedBy, submittedAtMs, sessions } }: { readonly attempt: Attempt }) {
  const time = submittedAtMs === null ? '' : dateTime(submittedAtMs)
  const reason = sessions[0]?.endReason
  if (submittedBy === 'terminated') {
    return (
      <Alert color='red' variant='outline' role='status' title={`◆ ${t('ended.terminated', { time })}`}>
        <Stack gap='xs'>
          {reason !== null && reason !== undefined && reason !== '' && <Text>{roomText('pausedReason', { reason: endingWords(reason) })}</Text>}
          <Text>{t('terminatedNow')}</Text>
        </Stack>
      </Alert>
    )
  }
  return (
    <Alert color='blue' variant='outline' role='status' title={t(`ended.${submittedBy ?? 'candidate'}`, { time })}>
      {submittedBy === 'time' && <Text>{t('timeOver')}</Text>}
      {submittedBy === 'staff' && <Text>{t('byStaff')}</Text>}
      {submittedBy === 'candidate' && <Text>{t('thanks')}</Text>}
    </Alert>
  )
}

function ReceiptCard ({ attemptId }: { readonly attemptId: string }) {
  const receipt = query.useQuery('get', '/api/v1/attempts/{attemptId}/receipt', { params: { path: { attemptId } } })
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('receipt')}>
      <Title order={2} mb='xs'>{t('receipt')}</Title>
      <Loaded query={receipt}>
        {({ submittedAtMs, answers, digest }) => (
          <>
            <Text>{t('receiptWhat', { time: dateTime(submittedAtMs), answers: number(answers) })}</Text>
            <Text size='sm' c='dimmed' mt='xs'>{t('receiptNumber')}</Text>
            <Text ff='monospace' size='sm' style={{ overflowWrap: 'anywhere' }}>{digest}</Text>
            <CopyButton value={digest}>
              {({ copied, copy }) => (
                <Button variant='default' size='xs' mt='xs' onClick={copy}>{t(copied ? 'receiptCopied' : 'receiptCopy')}</Button>
              )}
            </CopyButton>
            <Text size='sm' c='dimmed' mt='xs'>{t('receiptWhy')}</Text>
          </>
        )}
      </Loaded>
    </Paper>
  )
}

function ResultCard ({ attemptId }: { readonly attemptId: string }) {
  const result = query.useQuery(
    'get', '/api/v1/attempts/{attemptId}/result', { params: { path: { attemptId } } }, { refetchInterval: 60_000 }
  )
  const error = result.error as unknown as Error | null
  const isUnreleased = error instanceof ApiError && error.code === 'INVIGIL_ERR_RESULT_UNRELEASED'
  return (
    <section aria-label={t('result')}>
      <Title order={2} mb='xs'>{t('result')}</Title>
      {isUnreleased
        ? <Text c='dimmed'>{t('resultLater')}</Text>
        : error !== null && result.data === undefined
          ? <Problem error={error} onRetry={() => { result.refetch().catch(() => {}) }} />
          : result.data !== undefined && <ResultTable result={result.data} />}
    </section>
  )
}

function ResultTable ({ result: { attempt, questions } }: { readonly result: Result }) {
  const isGraded = questions.every(({ points }) => points !== null)
  return (
    <Stack>
      <Text size='xl' fw={700}>
        {listText('pointsOf', { points: number(attempt.points ?? 0, 2), max: number(attempt.pointsMax ?? 0, 2) })}
      </Text>
      {!isGraded && <Text c='dimmed'>{t('notGradedYet')}</Text>}
      <Table.ScrollContainer minWidth={0}>
        <Table verticalSpacing='sm' captionSide='top'>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope='col'>{roomText('question')}</Table.Th>
              <Table.Th scope='col' ta='right'>{t('pointsColumn')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {questions.map((question, index) => (
              <Table.Tr key={question.questionId}>
                <Table.Td>
                  <Text size='sm' c='dimmed'>{roomText('questionNumber', { number: number(index + 1) })}</Text>
                  <RichText text={question.text} />
                  <Text size='sm' c='dimmed' mt='xs'>{t('youAnswered')}</Text>
                  {question.kind === 'code'
                    ? <pre className={classes['other']} tabIndex={0}>{valueText(question.value, question.choices)}</pre>
                    : <Text className={classes['other'] ?? ''}>{valueText(question.value, question.choices)}</Text>}
                  {question.comment !== '' && <Text mt='xs'>{t('comment', { comment: question.comment })}</Text>}
                  {question.correction !== undefined && (
                    <Text size='sm' mt='xs'>{t('corrected', { reason: question.correction.reason })}</Text>
                  )}
                </Table.Td>
                <Table.Td ta='right' style={{ whiteSpace: 'nowrap', verticalAlign: 'top' }}>
                  {question.points === null
                    ? <Badge variant='outline' tt='none' color='gray' c='var(--mantine-color-text)'>{t('notGraded')}</Badge>
                    : t('pointsShort', { points: number(question.points, 2), max: number(question.pointsMax, 2) })}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  )
}
