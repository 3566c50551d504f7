import { Alert, Button, Group, List, Menu, Text } from '@mantine/core'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { api, query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { number } from '../text/format.ts'
import { Confirm } from '../shared/confirm.tsx'
import { download, fileNameOf } from '../shared/download.ts'
import { Meanings } from './meaning.tsx'
import { useRefresh } from './refresh.ts'
import { tellProblem } from './tell.ts'
import { t } from './text.ts'
import type { Exam } from './types.ts'

type Action = 'publish' | 'archive' | 'delete'

/** Publishing, archiving, deleting and exporting an exam. Each says what follows, and asks. */
export function ExamActions ({ exam }: { readonly exam: Exam }) {
  const [asked, setAsked] = useState<Action>()
  const close = () => setAsked(undefined)
  const save = () => {
    download(`/exams/${exam.id}/export`, `${fileNameOf(exam.title)}.json`)
      .catch(tellProblem)
  }
  return (
    <Group gap='xs'>
      {exam.state !== 'published' && <Button onClick={() => setAsked('publish')}>{t('publish')}</Button>}
      <Menu position='bottom-end'>
        <Menu.Target><Button variant='default'>{t('more')}</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={save}>{t('exportFile')}</Menu.Item>
          {exam.state !== 'archived' && <Menu.Item onClick={() => setAsked('archive')}>{t('archive')}</Menu.Item>}
          <Menu.Item onClick={() => setAsked('delete')}>{t('delete')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asked === 'publish' && <Publish exam={exam} onClose={close} />}
      {asked === 'archive' && <Archive exam={exam} onClose={close} />}
      {asked === 'delete' && <Delete exam={exam} onClose={close} />}
    </Group>
  )
}

interface Props {
  readonly exam: Exam
  onClose (): void
}

function Publish ({ exam, onClose }: Props) {
  const refresh = useRefresh()
  const path = { params: { path: { examId: exam.id } } }
  const questions = query.useQuery('get', '/api/v1/exams/{examId}/questions', path)
  const assigned = query.useQuery('get', '/api/v1/exams/{examId}/candidates', {
    params: { path: { examId: exam.id }, query: { limit: 1 } }
  })
  const isEmpty = questions.data?.questions.length === 0
  const isForNobody = exam.isOpenToAll === false && assigned.data?.candidates.length === 0
  return (
    <Confirm
      title={t('publishTitle')} action={t('publish')} isDisabled={isEmpty} onClose={onClose}
      onConfirm={async () => {
        await api.POST('/api/v1/exams/{examId}/publish', path)
        await refresh('/api/v1/exams/{examId}', '/api/v1/exams')
      }}
    >
      <Loaded query={questions}>
        {({ questions }) => (
          <Text>
            {t('publishQuestions', {
              count: number(questions.length),
              points: number(questions.reduce((sum, { points }) => sum + points, 0), 2)
            })}
          </Text>
        )}
      </Loaded>
      <Meanings exam={exam} />
      {isEmpty && <Alert color='red' variant='outline'>{t('publishEmpty')}</Alert>}
      {isForNobody && <Alert color='orange' variant='outline'>{t('publishNobody')}</Alert>}
      <Text size='sm' c='dimmed'>{t('publishAfter')}</Text>
    </Confirm>
  )
}

function Archive ({ exam, onClose }: Props) {
  const refresh = useRefresh()
  return (
    <Confirm
      title={t('archiveTitle')} action={t('archive')} onClose={onClose}
      onConfirm={async () => {
        await api.POST('/api/v1/exams/{examId}/archive', { params: { path: { examId: exam.id } } })
        await refresh('/api/v1/exams/{examId}', '/api/v1/exams')
      }}
    >
      <List spacing={4}>
        <List.Item>{t('archiveNoStart')}</List.Item>
        <List.Item>{t('archiveOpen')}</List.Item>
        <List.Item>{t('archiveKept')}</List.Item>
      </List>
    </Confirm>
  )
}

function Delete ({ exam, onClose }: Props) {
  const refresh = useRefresh()
  const [, navigate] = useLocation()
  const path = { params: { path: { examId: exam.id } } }
  const statistics = query.useQuery('get', '/api/v1/exams/{examId}/statistics', path)
  const attempts = statistics.data === undefined ? 0 : statistics.data.open + statistics.data.submitted
  return (
    <Confirm
      title={t('deleteTitle', { title: exam.title })} action={t('deleteYes')} isDangerous onClose={onClose}
      isDisabled={statistics.data === undefined || attempts > 0}
      onConfirm={async () => {
        await api.DELETE('/api/v1/exams/{examId}', path)
        navigate('/exams')
        await refresh('/api/v1/exams')
      }}
    >
      <Loaded query={statistics}>
        {() => attempts > 0
          ? <Text>{t('deleteUsed', { count: number(attempts) })}</Text>
          : <Text>{t('deleteAfter')}</Text>}
      </Loaded>
    </Confirm>
  )
}
