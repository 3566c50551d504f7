import { Alert, List, Paper, Stack, Text, Title } from '@mantine/core'
import { Fragment } from 'react'
import { query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { useLanguage } from '../../text/index.ts'
import { ExamPage } from '../exam-page.tsx'
import type { Exam } from '../types.ts'
import { draftOf } from './draft.ts'
import { QuestionView } from './question-view.tsx'
import { t } from './text.ts'

export default function PreviewPage () {
  useLanguage()
  return <ExamPage tab='preview'>{exam => <Preview exam={exam} />}</ExamPage>
}

/** The whole exam as a candidate reads it, without answers. */
function Preview ({ exam }: { readonly exam: Exam }) {
  const found = query.useQuery('get', '/api/v1/exams/{examId}/questions', { params: { path: { examId: exam.id } } })
  return (
    <Stack maw={820}>
      <Alert variant='outline'>{t(exam.shuffle === true ? 'previewShuffled' : 'previewWhat')}</Alert>
      {exam.description !== '' && <Text style={{ whiteSpace: 'pre-wrap' }}>{exam.description}</Text>}
      <Notice examId={exam.id} />
      <Loaded query={found}>
        {({ questions }) => questions.length === 0
          ? <Text>{t('previewEmpty')}</Text>
          : questions.map((question, index) => (
            <Fragment key={question.id}>
              {question.section !== '' && question.section !== questions[index - 1]?.section && (
                <Title order={2} mt='md'>{question.section}</Title>
              )}
              <Paper withBorder p='md'><QuestionView draft={draftOf(question)} place={index + 1} /></Paper>
            </Fragment>
          ))}
      </Loaded>
    </Stack>
  )
}

/** What candidates read before they agree to be watched, as the rules of the exam have it. */
function Notice ({ examId }: { readonly examId: string }) {
  const { data } = query.useQuery('get', '/api/v1/exams/{examId}/notice', { params: { path: { examId } } })
  if (data === undefined) return null
  return (
    <Paper withBorder p='md'>
      <details>
        <summary>{t('readBefore')}</summary>
        {data.sections.map(({ key, title, sentences }) => (
          <section key={key}>
            <Title order={2} fz='md' mt='sm'>{title}</Title>
            <List size='sm'>{sentences.map(({ key, text }) => <List.Item key={key}>{text}</List.Item>)}</List>
          </section>
        ))}
      </details>
    </Paper>
  )
}
