import { Button, Checkbox, List, NumberInput, Paper, Select, Stack, Text, Textarea, Title } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useSearchParams } from 'wouter'
import { api, query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { RichText } from '../../shared/rich-text.tsx'
import { dateTime, number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { Confirm } from '../../shared/confirm.tsx'
import { excerpt } from '../excerpt.ts'
import { ExamPage } from '../exam-page.tsx'
import { bodyOf, draftOf, problemsOf } from '../questions/draft.ts'
import { KeyFields } from '../questions/key-fields.tsx'
import { useRefresh } from '../refresh.ts'
import type { Correction, Exam, Question } from '../types.ts'
import { keyWords } from './key-words.ts'
import { t } from './text.ts'

export default function CorrectionsPage () {
  useLanguage()
  return <ExamPage tab='corrections'>{exam => <Corrections exam={exam} />}</ExamPage>
}

const POLL_MS = 1000

function Corrections ({ exam }: { readonly exam: Exam }) {
  const [search, setSearch] = useSearchParams()
  const params = { path: { examId: exam.id } }
  const questions = query.useQuery('get', '/api/v1/exams/{examId}/questions', { params })
  const corrections = query.useQuery('get', '/api/v1/exams/{examId}/corrections', {
    params: { ...params, query: { limit: 100 } }
  }, {
    // Looked at again until all attempts are graded.
    refetchInterval: ({ state }) =>
      state.data?.corrections.some(({ finishedAtMs }) => finishedAtMs === null) === true ? POLL_MS : false
  })
  return (
    <Loaded query={questions}>
      {({ questions }) => {
        const question = questions.find(({ id }) => id === search.get('question'))
        return (
          <>
            <Text maw={760}>{t('correctWhat')}</Text>
            <Select
              label={t('correctWhich')} searchable value={question?.id ?? null} maw={760} nothingFoundMessage={t('noneOfThese')}
              data={questions.map(({ id, text }, index) => ({
                value: id, label: `${number(index + 1)}. ${excerpt(text, 80)}`
              }))}
              onChange={id => setSearch(id === null ? {} : { question: id }, { replace: true })}
            />
            {question !== undefined && (
              <CorrectionForm
                key={`${question.id} ${JSON.stringify(question.body)} ${question.points}`} exam={exam} question={question}
              />
            )}
            <Title order={2}>{t('corrections')}</Title>
            <Loaded query={corrections}>
              {({ corrections }) => corrections.length === 0
                ? <Text>{t('noCorrections')}</Text>
                : (
                  <Stack>
                    {corrections.map(correction => (
                      <Entry
                        key={correction.id} correction={correction}
                        question={questions.find(({ id }) => id === correction.questionId)}
                      />
                    ))}
                  </Stack>
                  )}
            </Loaded>
          </>
        )
      }}
    </Loaded>
  )
}

function CorrectionForm ({ exam, question }: { readonly exam: Exam, readonly question: Question }) {
  const refresh = useRefresh()
  const [draft, setDraft] = useState(() => draftOf(question))
  const [reason, setReason] = useState('')
  const [regradeManual, setRegradeManual] = useState(false)
  const [isAsking, setIsAsking] = useState(false)
  const before = draftOf(question)
  const isChanged = regradeManual || draft.points !== before.points ||
    JSON.stringify(bodyOf(draft)) !== JSON.stringify(bodyOf(before))
  const isReady = isChanged && reason.trim() !== '' && problemsOf(draft).length === 0

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) setIsAsking(true)
  }
  return (
    <Paper withBorder p='md' maw={760}>
      <form onSubmit={submit}>
        <Stack>
          <div><RichText text={question.text} /></div>
          <KeyFields draft={draft} isSeen onChange={setDraft} />
          <NumberInput
            label={t('points')} value={draft.points} min={0} max={1000} decimalScale={4} allowNegative={false} maw={200}
            onChange={points => setDraft({ ...draft, points: points === '' ? '' : Number(points) })}
          />
          <Textarea
            label={t('reason')} description={t('correctReasonWhat')} maxLength={1000} autosize minRows={2} value={reason}
            onChange={event => setReason(event.currentTarget.value)}
          />
          <Checkbox
            label={t('regradeManual')} description={t('regradeManualWhat')} checked={regradeManual}
            onChange={event => setRegradeManual(event.currentTarget.checked)}
          />
          <Button type='submit' w='fit-content' disabled={!isReady}>{t('correct')}</Button>
        </Stack>
      </form>
      {isAsking && (
        <Confirm
          title={t('correctTitle')} action={t('correctYes')} onClose={() => setIsAsking(false)}
          onConfirm={async () => {
            await api.POST('/api/v1/exams/{examId}/questions/{questionId}/corrections', {
              params: { path: { examId: exam.id, questionId: question.id } },
              body: {
                body: keyPartOf(bodyOf(draft)),
                points: draft.points === '' ? question.points : draft.points,
                reason: reason.trim(),
                regradeManual
              }
            })
            await refresh(
              '/api/v1/exams/{examId}/corrections', '/api/v1/exams/{examId}/questions',
              '/api/v1/exams/{examId}/attempts', '/api/v1/exams/{examId}/statistics',
              '/api/v1/attempts/{attemptId}/result'
            )
          }}
        >
          <List spacing={4}>
            <List.Item>{t('correctAll')}</List.Item>
            <List.Item>{t(regradeManual ? 'correctManualToo' : 'correctManualStay')}</List.Item>
            <List.Item>{t('correctTold')}</List.Item>
          </List>
        </Confirm>
      )}
    </Paper>
  )
}

/** What candidates have seen is left out: it cannot change. */
function keyPartOf ({ choices, unit, language, starter, ...key }: Record<string, unknown>): Record<string, unknown> {
  return key
}

interface EntryProps {
  readonly correction: Correction
  readonly question: Question | undefined
}

function Entry ({ correction, question }: EntryProps) {
  const { before, after, reason, atMs, attempts, changed, finishedAtMs, number: place } = correction
  const words = (part: Correction['before']) => question === undefined
    ? ''
    : keyWords(draftOf({ ...question, points: part.points, body: part.body }), { true: t('true'), false: t('false') })
  return (
    <Paper withBorder p='md' component='article' aria-label={t('correctionNumber', { number: number(place) })}>
      <Text fw={600}>{excerpt(question?.text ?? '', 120)}</Text>
      <Text size='sm'>{t('fromTo', { before: words(before), after: words(after) })}</Text>
      {before.points !== after.points && (
        <Text size='sm'>
          {t('pointsFromTo', { before: number(before.points, 2), after: number(after.points, 2) })}
        </Text>
      )}
      <Text size='sm'>{t('because', { reason })}</Text>
      <Text size='sm' c='dimmed' role='status'>
        {dateTime(atMs)} · {finishedAtMs === null
          ? t('regrading', { attempts: number(attempts) })
          : t('regraded', { attempts: number(attempts), changed: number(changed) })}
      </Text>
    </Paper>
  )
}
