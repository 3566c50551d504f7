import { Button, Group, Menu, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { api, query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { download } from '../../shared/download.ts'
import { ExamPage, UsedNote, useAttemptCount } from '../exam-page.tsx'
import { RefusalNote } from '../../shared/refusal.tsx'
import { useRefresh } from '../refresh.ts'
import type { Question } from '../types.ts'
import { useUnsaved } from '../unsaved.ts'
import { draftOf, KINDS, moved, newDraft, type Draft } from './draft.ts'
import { ImportQuestions } from './import-questions.tsx'
import { QuestionEditor } from './question-editor.tsx'
import { QuestionList } from './question-list.tsx'
import { QuestionView } from './question-view.tsx'
import { tellProblem } from '../tell.ts'
import { t } from './text.ts'
import classes from './questions.module.css'

export default function QuestionsPage () {
  useLanguage()
  return <ExamPage tab='questions'>{exam => <Questions examId={exam.id} />}</ExamPage>
}

function Questions ({ examId }: { readonly examId: string }) {
  const found = query.useQuery('get', '/api/v1/exams/{examId}/questions', { params: { path: { examId } } })
  const attempts = useAttemptCount(examId)
  return (
    <Loaded query={found}>
      {({ questions }) => <Workplace examId={examId} questions={questions} isUsed={(attempts ?? 0) > 0} />}
    </Loaded>
  )
}

interface Props {
  readonly examId: string
  readonly questions: readonly Question[]
  readonly isUsed: boolean
}

function Workplace ({ examId, questions, isUsed }: Props) {
  const client = useQueryClient()
  const refresh = useRefresh()
  const [search, setSearch] = useSearchParams()
  // Kept for each question, so that looking at another one loses nothing.
  const [drafts, setDrafts] = useState<Readonly<Record<string, Draft>>>({})
  const [error, setError] = useState<Error>()
  const newKind = isUsed ? undefined : KINDS.find(kind => kind === search.get('new'))
  const current = newKind === undefined ? questions.find(({ id }) => id === search.get('question')) : undefined
  const place = newKind === undefined ? current?.id : `new ${newKind}`
  const unsaved = new Set(Object.keys(drafts))
  useUnsaved(unsaved.size > 0)

  const forget = (name: string) => setDrafts(({ [name]: _, ...rest }) => rest)
  const open = (id: string | undefined) => setSearch(id === undefined ? {} : { question: id })
  const move = async (from: number, to: number) => {
    const order = moved(questions, from, to)
    const path = { params: { path: { examId } } }
    // Shown at once; what the server refuses is put back.
    client.setQueryData(['get', '/api/v1/exams/{examId}/questions', path], { questions: order })
    setError(undefined)
    try {
      await api.PUT('/api/v1/exams/{examId}/questions/order', { ...path, body: { ids: order.map(({ id }) => id) } })
    } catch (error) {
      setError(error as Error)
    }
    await refresh('/api/v1/exams/{examId}/questions')
  }
  return (
    <>
      {isUsed && <UsedNote examId={examId} />}
      <div className={classes['columns']}>
        <div className={classes['side']}>
          <Text size='sm' c='dimmed'>
            {t('sum', {
              count: number(questions.length),
              points: number(questions.reduce((sum, { points }) => sum + points, 0), 2)
            })}
          </Text>
          <Group gap='xs'>
            {!isUsed && (
              <Menu position='bottom-end'>
                <Menu.Target><Button size='xs'>{t('add')}</Button></Menu.Target>
                <Menu.Dropdown>
                  {KINDS.map(kind => (
                    <Menu.Item key={kind} onClick={() => setSearch({ new: kind })}>{t(`kind.${kind}`)}</Menu.Item>
                  ))}
                </Menu.Dropdown>
              </Menu>
            )}
            <Files examId={examId} isUsed={isUsed} />
          </Group>
          {error !== undefined && <RefusalNote error={error} />}
          <QuestionList
            questions={questions} current={current?.id} unsaved={unsaved} isFixed={isUsed}
            onMove={(from, to) => { move(from, to).catch(() => {}) }}
          />
        </div>
        {place === undefined
          ? <Hint isEmpty={questions.length === 0} />
          : isUsed
            ? <QuestionView draft={draftOf(current!)} />
            : (
              <QuestionEditor
                key={place} examId={examId} question={current} isChanged={unsaved.has(place)}
                draft={drafts[place] ?? (current === undefined
                  ? newDraft(newKind!, questions.at(-1)?.section)
                  : draftOf(current))}
                sections={[...new Set(questions.map(({ section }) => section).filter(section => section !== ''))]}
                onChange={draft => setDrafts(before => ({ ...before, [place]: draft }))}
                onDiscard={() => {
                  forget(place)
                  if (current === undefined) open(undefined)
                }}
                onSaved={id => {
                  forget(place)
                  open(id)
                }}
                onDeleted={() => {
                  forget(place)
                  open(undefined)
                }}
              />
              )}
      </div>
    </>
  )
}

/** Questions from a file and to one. */
function Files ({ examId, isUsed }: { readonly examId: string, readonly isUsed: boolean }) {
  const [isImporting, setIsImporting] = useState(false)
  const save = (format: string, ending: string) => {
    download(`/exams/${examId}/questions/export?format=${format}`, `questions.${ending}`)
      .catch(tellProblem)
  }
  return (
    <>
      <Menu position='bottom-end'>
        <Menu.Target><Button size='xs' variant='default'>{t('files')}</Button></Menu.Target>
        <Menu.Dropdown>
          {!isUsed && <Menu.Item onClick={() => setIsImporting(true)}>{t('importQuestions')}</Menu.Item>}
          <Menu.Label>{t('exportQuestions')}</Menu.Label>
          <Menu.Item onClick={() => save('csv', 'csv')}>{t('format.csv')}</Menu.Item>
          <Menu.Item onClick={() => save('gift', 'gift')}>{t('format.gift')}</Menu.Item>
          <Menu.Item onClick={() => save('moodle-xml', 'xml')}>{t('format.moodle-xml')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isImporting && <ImportQuestions examId={examId} onClose={() => setIsImporting(false)} />}
    </>
  )
}

function Hint ({ isEmpty }: { readonly isEmpty: boolean }) {
  return <Stack className={classes['hint']}><Text>{t(isEmpty ? 'noQuestions' : 'pickQuestion')}</Text></Stack>
}
