import { Alert, Button, Fieldset, Group, NumberInput, Paper, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { api } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import { useLanguage } from '../text/index.ts'
import { ExamLanguage } from './exam-language.tsx'
import { ExamPage } from './exam-page.tsx'
import { Meanings } from './meaning.tsx'
import { useRefresh } from './refresh.ts'
import { RefusalNote } from '../shared/refusal.tsx'
import { changesOf, settingsOf, timesProblem, withChanges, type Settings } from './settings.ts'
import { SpanInput } from './span-input.tsx'
import { tell } from './tell.ts'
import { t } from './text.ts'
import type { Exam } from './types.ts'
import { useUnsaved } from './unsaved.ts'

export default function TimesPage () {
  useLanguage()
  return <ExamPage tab='times'>{exam => <TimesForm key={exam.version} exam={exam} />}</ExamPage>
}

function TimesForm ({ exam }: { readonly exam: Exam }) {
  const refresh = useRefresh()
  const [settings, setSettings] = useState(() => settingsOf(exam))
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const changes = changesOf(exam, settings)
  const isChanged = Object.keys(changes).length > 0
  const problem = timesProblem(settings)
  useUnsaved(isChanged)
  const set = (change: Partial<Settings>) => setSettings(before => ({ ...before, ...change }))

  const save = async () => {
    setIsBusy(true)
    setError(undefined)
    try {
      const path = { params: { path: { examId: exam.id } } }
      await api.PATCH('/api/v1/exams/{examId}', { ...path, body: { version: exam.version ?? 1, ...changes } })
      await refresh('/api/v1/exams/{examId}', '/api/v1/exams')
      tell(t('saved'))
    } catch (error) {
      setError(error as Error)
    }
    setIsBusy(false)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (problem === undefined) save().catch(() => {})
  }
  return (
    <form onSubmit={submit}>
      <Stack gap='lg' maw={760}>
        <Fieldset legend={t('settingsAbout')}>
          <Stack>
            <TextInput
              label={t('examTitle')} required withAsterisk={false} maxLength={200} value={settings.title}
              onChange={event => set({ title: event.currentTarget.value })}
            />
            <Textarea
              label={t('description')} description={t('descriptionWhat')} autosize minRows={2} maxRows={12}
              maxLength={20_000} value={settings.description}
              onChange={event => set({ description: event.currentTarget.value })}
            />
            <ExamLanguage value={settings.language} onChange={language => set({ language })} />
          </Stack>
        </Fieldset>
        <Fieldset legend={t('settingsTimes')}>
          <Stack>
            <Text size='sm' c='dimmed'>
              {t('zone', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}
            </Text>
            <Group align='flex-start'>
              <TextInput
                type='datetime-local' label={t('opens')} description={t('opensWhat')} max='9999-12-31T23:59'
                value={settings.opens} onChange={event => set({ opens: event.currentTarget.value })}
              />
              <TextInput
                type='datetime-local' label={t('closes')} description={t('closesWhat')} max='9999-12-31T23:59'
                value={settings.closes} error={problem === undefined ? undefined : t(problem)}
                onChange={event => set({ closes: event.currentTarget.value })}
              />
            </Group>
            <SpanInput
              label={t('duration')} description={t('durationWhat')} value={settings.durationMs}
              units={['second', 'minute', 'hour', 'day']} minMs={1000} maxMs={100 * 24 * 3_600_000}
              placeholder={t('noDuration')} onChange={durationMs => set({ durationMs })}
            />
            <NumberInput
              label={t('attemptsMax')} description={t('attemptsMaxWhat')} value={settings.attemptsMax ?? ''} maw={420}
              min={1} max={1000} allowDecimal={false} allowNegative={false} placeholder={t('unlimited')}
              onChange={value => set({ attemptsMax: value === '' ? null : Number(value) })}
            />
          </Stack>
        </Fieldset>
        <Fieldset legend={t('settingsTaking')}>
          <Stack>
            <Switch
              label={t('openToAll')} description={t('openToAllWhat')} checked={settings.isOpenToAll}
              onChange={event => set({ isOpenToAll: event.currentTarget.checked })}
            />
            <Switch
              label={t('shuffle')} description={t('shuffleWhat')} checked={settings.shuffle}
              onChange={event => set({ shuffle: event.currentTarget.checked })}
            />
            <Switch
              label={t('preflight')} description={t('preflightWhat')} checked={settings.needsPreflight}
              onChange={event => set({ needsPreflight: event.currentTarget.checked })}
            />
          </Stack>
        </Fieldset>
        <Paper withBorder p='md'>
          <Text fw={600} mb='xs' component='h2'>{t('meansTitle')}</Text>
          {problem === undefined ? <Meanings exam={withChanges(exam, settings)} /> : <Text>{t(problem)}</Text>}
          <Text size='sm' c='dimmed' mt='xs'>{t('resultsLater')}</Text>
        </Paper>
        {exam.state === 'published' && isChanged && <Alert variant='outline' color='orange'>{t('changesAtOnce')}</Alert>}
        {error !== undefined && <RefusalNote error={error} />}
        {error instanceof ApiError && error.code === 'INVIGIL_ERR_CONFLICT' && (
          <Button variant='default' onClick={() => { refresh('/api/v1/exams/{examId}').catch(() => {}) }}>
            {t('readAgain')}
          </Button>
        )}
        <Group>
          <Button type='submit' loading={isBusy} disabled={!isChanged || problem !== undefined}>{t('save')}</Button>
          <Button variant='default' disabled={!isChanged} onClick={() => setSettings(settingsOf(exam))}>{t('discard')}</Button>
          <Text size='sm' role='status'>{isChanged ? t('unsaved') : ''}</Text>
        </Group>
      </Stack>
    </form>
  )
}
