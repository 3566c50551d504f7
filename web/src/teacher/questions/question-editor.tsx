import { Autocomplete, Button, Group, NumberInput, Paper, Select, Skeleton, Stack, Text, Textarea } from '@mantine/core'
import { lazy, Suspense, useEffect, useRef, useState, type FormEvent } from 'react'
import { api, dataOf } from '../../api/client.ts'
import { Confirm } from '../../shared/confirm.tsx'
import { RefusalNote } from '../../shared/refusal.tsx'
import { useRefresh } from '../refresh.ts'
import type { Question } from '../types.ts'
import { inputOf, KINDS, problemsOf, withKind, type Draft, type Kind } from './draft.ts'
import { KeyFields } from './key-fields.tsx'
import { QuestionView } from './question-view.tsx'
import { tell } from '../tell.ts'
import { t } from './text.ts'

const CodeInput = lazy(() => import('../../shared/code-input.tsx'))

interface Props {
  readonly examId: string
  readonly question: Question | undefined
  readonly draft: Draft
  readonly isChanged: boolean
  readonly sections: readonly string[]
  onChange (draft: Draft): void
  onDiscard (): void
  onSaved (id: string): void
  onDeleted (): void
}

/** Writes one question, with what a candidate will see of it below. */
export function QuestionEditor (props: Props) {
  const { examId, question, draft, isChanged, sections, onChange, onDiscard, onSaved, onDeleted } = props
  const refresh = useRefresh()
  const [isBusy, setIsBusy] = useState(false)
  const [isDeleting, setIsDeleting] = useState(false)
  const [isTried, setIsTried] = useState(false)
  const [error, setError] = useState<Error>()
  const problems = problemsOf(draft)
  const place = useRef<HTMLDivElement>(null)
  // Where the list stands above it, the editor would open out of sight.
  useEffect(() => { if (matchMedia('(max-width: 56rem)').matches) place.current?.scrollIntoView() }, [])
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change })

  const store = async (isCopy: boolean) => {
    setIsBusy(true)
    setError(undefined)
    try {
      const body = inputOf(draft)
      const { id } = await dataOf(question === undefined || isCopy
        ? api.POST('/api/v1/exams/{examId}/questions', { params: { path: { examId } }, body })
        : api.PATCH('/api/v1/exams/{examId}/questions/{questionId}', {
          params: { path: { examId, questionId: question.id } }, body
        }))
      await refresh('/api/v1/exams/{examId}/questions')
      tell(t('questionSaved'))
      onSaved(id)
    } catch (error) {
      setError(error as Error)
    }
    setIsBusy(false)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setIsTried(true)
    if (problems.length === 0) store(false).catch(() => {})
  }
  return (
    <Stack ref={place}>
      <Paper withBorder p='md' component='section' aria-label={t('editor')}>
        <form onSubmit={submit} noValidate>
          <Stack>
            <Group align='flex-start'>
              <Select
                label={t('kind')} value={draft.kind} allowDeselect={false} flex='2 1 12rem'
                data={KINDS.map(value => ({ value, label: t(`kind.${value}`) }))}
                onChange={kind => onChange(withKind(draft, kind as Kind))}
              />
              <NumberInput
                label={t('points')} value={draft.points} min={0} max={1000} decimalScale={4} allowNegative={false}
                flex='1 1 6rem' onChange={points => set({ points: points === '' ? '' : Number(points) })}
              />
              <Autocomplete
                label={t('section')} placeholder={t('sectionNone')} value={draft.section} data={[...sections]}
                maxLength={200} flex='3 1 14rem' onChange={section => set({ section })}
              />
            </Group>
            <Textarea
              label={t('questionText')} description={t('textHelp')} autosize minRows={3} maxRows={20} maxLength={20_000}
              value={draft.text} onChange={event => set({ text: event.currentTarget.value })}
            />
            {draft.kind === 'code' && (
              <>
                <Autocomplete
                  label={t('codeLanguage')} value={draft.language} maxLength={64} maw={280}
                  data={['python', 'c', 'cpp', 'java', 'javascript', 'typescript']}
                  onChange={language => set({ language })}
                />
                <div>
                  <Text size='sm' fw={500} mb={4}>{t('starter')}</Text>
                  <Suspense fallback={<Skeleton h={90} />}>
                    <CodeInput
                      language={draft.language} label={t('starter')} value={draft.starter}
                      onChange={starter => set({ starter })}
                    />
                  </Suspense>
                </div>
              </>
            )}
            <KeyFields draft={draft} onChange={onChange} />
            <Text size='sm' c='dimmed'>{t(`grading.${draft.kind}`)}</Text>
            {isTried && problems.length > 0 && (
              <Stack gap={2} role='alert'>
                {problems.map(problem => (
                  <Text key={problem} size='sm' c='var(--mantine-color-error)'>{t(`problem.${problem}`)}</Text>
                ))}
              </Stack>
            )}
            {error !== undefined && <RefusalNote error={error} />}
            <Group>
              <Button type='submit' loading={isBusy} disabled={question !== undefined && !isChanged}>
                {t(question === undefined ? 'addQuestion' : 'saveQuestion')}
              </Button>
              <Button variant='default' disabled={!isChanged && question !== undefined} onClick={onDiscard}>
                {t('discardQuestion')}
              </Button>
              {question !== undefined && (
                <Group ml='auto' gap='xs'>
                  <Button
                    variant='subtle' disabled={problems.length > 0} onClick={() => { store(true).catch(() => {}) }}
                  >
                    {t('copyQuestion')}
                  </Button>
                  <Button variant='subtle' onClick={() => setIsDeleting(true)}>{t('deleteQuestion')}</Button>
                </Group>
              )}
            </Group>
          </Stack>
        </form>
      </Paper>
      <Paper withBorder p='md' component='section' aria-label={t('livePreview')}>
        <Text size='sm' fw={600} c='dimmed' mb='sm'>{t('livePreview')}</Text>
        <QuestionView draft={draft} />
      </Paper>
      {isDeleting && question !== undefined && (
        <Confirm
          title={t('deleteQuestionTitle')} action={t('deleteQuestion')} isDangerous onClose={() => setIsDeleting(false)}
          onConfirm={async () => {
            await api.DELETE('/api/v1/exams/{examId}/questions/{questionId}', {
              params: { path: { examId, questionId: question.id } }
            })
            onDeleted()
            await refresh('/api/v1/exams/{examId}/questions')
          }}
        >
          <Text>{t('deleteQuestionAfter')}</Text>
        </Confirm>
      )}
    </Stack>
  )
}
