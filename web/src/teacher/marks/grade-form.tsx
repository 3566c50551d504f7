import { Button, Group, Paper, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, type FormEvent } from 'react'
import { api } from '../../api/client.ts'
import { RichText } from '../../shared/rich-text.tsx'
import { number } from '../../text/format.ts'
import { RefusalNote } from '../../shared/refusal.tsx'
import { useRefresh } from '../refresh.ts'
import type { Result } from '../types.ts'
import { AnswerView } from './answer-view.tsx'
import classes from './marks.module.css'
import { actionOf, pointsOf, typed, type Item } from './queue.ts'
import { t } from './text.ts'

interface Props {
  readonly item: Item
  readonly place: string
  readonly isFirst: boolean
  readonly isLast: boolean
  onMove (step: 1 | -1): void
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, button, a, [role=menu], [role=dialog]') !== null

/** One answer with its points and a comment. Keys work wherever no field has the focus. */
export function GradeForm ({ item, place, isFirst, isLast, onMove }: Props) {
  const { answer } = item
  const client = useQueryClient()
  const refresh = useRefresh()
  const [hasKeys, setHasKeys] = useLocalStorage({ key: 'invigil.grading-keys', defaultValue: true })
  const [points, setPoints] = useState(answer.points === null ? '' : String(answer.points))
  const [comment, setComment] = useState(answer.comment)
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const isFirstDigit = useRef(true)
  const heading = useRef<HTMLHeadingElement>(null)
  const given = pointsOf(points, answer.pointsMax)

  const save = async () => {
    if (given === undefined || isBusy) return
    setIsBusy(true)
    setError(undefined)
    const path = { attemptId: item.attemptId, questionId: item.questionId }
    try {
      await api.PUT('/api/v1/attempts/{attemptId}/grades/{questionId}', {
        params: { path }, body: { points: given, comment }
      })
      client.setQueryData<Result>(['get', '/api/v1/attempts/{attemptId}/result', item.attemptId], before =>
        before === undefined ? before : withGrade(before, item.questionId, given, comment))
      refresh('/api/v1/exams/{examId}/attempts', '/api/v1/exams/{examId}/statistics').catch(() => {})
      setIsBusy(false)
      onMove(1)
    } catch (error) {
      setError(error as Error)
      setIsBusy(false)
    }
  }

  const press = (event: KeyboardEvent) => {
    if (!hasKeys || isField(event.target) || event.isComposing) return
    const action = actionOf(event)
    if (action === undefined) return
    event.preventDefault()
    if ('move' in action) onMove(action.move)
    else if ('save' in action) save().catch(() => {})
    else if ('erase' in action) setPoints(before => before.slice(0, -1))
    else {
      setPoints(before => typed(before, action.type, isFirstDigit.current))
      isFirstDigit.current = false
    }
  }
  const onPress = useRef(press)
  useEffect(() => { onPress.current = press })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onPress.current(event)
    document.addEventListener('keydown', listen)
    return () => document.removeEventListener('keydown', listen)
  }, [])
  // The next answer is read out; the keys go on working, since no field has the focus.
  useEffect(() => { heading.current?.focus({ preventScroll: true }) }, [])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    save().catch(() => {})
  }
  const guidance = (answer.body as { readonly guidance?: string } | undefined)?.guidance
  return (
    <Paper withBorder p='md'>
      <form onSubmit={submit}>
        <Stack>
          <Group justify='space-between'>
            <Title order={2} ref={heading} tabIndex={-1} className='page-title' mb={0}>{item.name}</Title>
            <Text size='sm' c='dimmed'>{place}</Text>
          </Group>
          <div><RichText text={answer.text} /></div>
          {guidance !== undefined && guidance !== '' && (
            <Text size='sm' className={classes['long']}><b>{t('guidance')}</b> {guidance}</Text>
          )}
          <div>
            <Text size='sm' fw={600} mb={4}>{t('answer')}</Text>
            <AnswerView answer={answer} />
          </div>
          {answer.correction !== undefined && (
            <Text size='sm'>{t('correctedBecause', { reason: answer.correction.reason })}</Text>
          )}
          <Group align='flex-end'>
            <TextInput
              label={t('pointsUpTo', { max: number(answer.pointsMax, 2) })} value={points} inputMode='decimal' w={160}
              autoComplete='off'
              error={points !== '' && given === undefined ? t('pointsWrong', { max: number(answer.pointsMax, 2) }) : undefined}
              onChange={event => setPoints(event.currentTarget.value)}
            />
            <Group gap='xs'>
              {[0, answer.pointsMax / 2, answer.pointsMax].map(value => (
                <Button key={value} size='sm' variant='default' onClick={() => setPoints(String(value))}>
                  {number(value, 2)}
                </Button>
              ))}
            </Group>
          </Group>
          <Textarea
            label={t('comment')} description={t('commentWhat')} autosize minRows={2} maxRows={10} maxLength={10_000}
            value={comment} onChange={event => setComment(event.currentTarget.value)}
          />
          {error !== undefined && <RefusalNote error={error} />}
          <Group>
            <Button type='submit' loading={isBusy} disabled={given === undefined}>{t('saveGrade')}</Button>
            <Button variant='default' disabled={isFirst} onClick={() => onMove(-1)}>{t('previous')}</Button>
            <Button variant='default' disabled={isLast} onClick={() => onMove(1)}>{t('next')}</Button>
          </Group>
          <Group justify='space-between'>
            <div className={classes['keys']}>
              <span><kbd>J</kbd> <kbd>K</kbd> {t('keyMove')}</span>
              <span><kbd>0</kbd>–<kbd>9</kbd> {t('keyPoints')}</span>
              <span><kbd>Enter</kbd> {t('keySave')}</span>
            </div>
            <Switch
              size='xs' label={t('keysOn')} checked={hasKeys} onChange={event => setHasKeys(event.currentTarget.checked)}
            />
          </Group>
        </Stack>
      </form>
    </Paper>
  )
}

function withGrade (result: Result, questionId: string, points: number, comment: string): Result {
  return {
    ...result,
    questions: result.questions.map(answer =>
      answer.questionId === questionId ? { ...answer, points, comment, isAuto: false } : answer)
  }
}
