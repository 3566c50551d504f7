import { Button, Group, Paper, Stack, Switch, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { Link, useLocation } from 'wouter'
import { api, dataOf } from '../api/client.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { useLanguage } from '../text/index.ts'
import { ExamLanguage } from './exam-language.tsx'
import { useRefresh } from './refresh.ts'
import { RefusalNote } from '../shared/refusal.tsx'
import { SpanInput } from './span-input.tsx'
import { t } from './text.ts'

const HOUR_MS = 3_600_000

/** The few settings that a new exam begins with; all others have their page. */
export default function NewExamPage () {
  const refresh = useRefresh()
  const [, navigate] = useLocation()
  const [title, setTitle] = useState('')
  const [durationMs, setDurationMs] = useState<number | null>(HOUR_MS)
  const [language, setLanguage] = useState<string>(useLanguage())
  const [isOpenToAll, setIsOpenToAll] = useState(false)
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()

  const create = async () => {
    setIsBusy(true)
    setError(undefined)
    try {
      const body = { title: title.trim(), durationMs, language, isOpenToAll, attemptsMax: 1 }
      const exam = await dataOf(api.POST('/api/v1/exams', { body }))
      await refresh('/api/v1/exams')
      navigate(`/exams/${exam.id}/questions`)
    } catch (error) {
      setError(error as Error)
      setIsBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create().catch(() => {})
  }
  return (
    <Paper withBorder p='lg' maw={560} mx='auto'>
      <PageTitle>{t('newExam')}</PageTitle>
      <form onSubmit={submit}>
        <Stack>
          <Text size='sm' c='dimmed'>{t('newExamWhat')}</Text>
          <TextInput
            label={t('examTitle')} required withAsterisk={false} maxLength={200} value={title}
            onChange={event => setTitle(event.currentTarget.value)}
          />
          <SpanInput
            label={t('duration')} description={t('durationWhat')} value={durationMs} units={['minute', 'hour', 'day']}
            minMs={1000} placeholder={t('noDuration')} onChange={setDurationMs}
          />
          <ExamLanguage value={language} onChange={setLanguage} />
          <Switch
            label={t('openToAll')} description={t('openToAllWhat')} checked={isOpenToAll}
            onChange={event => setIsOpenToAll(event.currentTarget.checked)}
          />
          {error !== undefined && <RefusalNote error={error} />}
          <Group>
            <Button type='submit' loading={isBusy}>{t('create')}</Button>
            <Button component={Link} href='/exams' variant='default'>{t('cancel')}</Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}
