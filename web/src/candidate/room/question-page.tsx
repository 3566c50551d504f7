import { Alert, Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useLocation } from 'wouter'
import { PageTitle } from '../../shared/page-title.tsx'
import { RichText } from '../../shared/rich-text.tsx'
import { number } from '../../text/format.ts'
import { t } from './text.ts'
import { AnswerInput } from './answer-input.tsx'
import { TYPED_KINDS } from './question-state.ts'
import { useAnswers, useRoom, useRoomView } from './room-context.tsx'
import classes from './room.module.css'

/** One question and its answer. */
export function QuestionPage ({ index }: { readonly index: number }) {
  const { buffer, setFlag } = useRoom()
  const { answers } = useAnswers()
  const [, navigate] = useLocation()
  const questions = useRoomView(({ questions }) => questions) ?? []
  const flags = useRoomView(({ flags }) => flags)
  const title = useRoomView(({ title }) => title)
  const attemptId = useRoomView(({ attempt }) => attempt?.id)
  const question = questions[index]
  if (question === undefined) return null
  const answer = answers.get(question.id)
  const isFlagged = flags.has(question.id)
  const goTo = (next: number) => navigate(`/attempts/${attemptId}/q/${next + 1}`)
  const heading = t('questionOf', { number: number(index + 1), total: number(questions.length) })
  return (
    <article className={classes['question']} aria-label={heading}>
      <Group justify='space-between' align='flex-start' wrap='nowrap' gap='sm'>
        <div>
          {question.section !== '' && <Text size='sm' c='dimmed'>{question.section}</Text>}
          <PageTitle trail={title === '' ? [heading] : [heading, title]}>{heading}</PageTitle>
        </div>
        <Badge variant='outline' color='gray' size='lg' tt='none' style={{ flex: 'none' }} c='var(--mantine-color-text)'>
          {t('points', { points: number(question.points, 2) })}
        </Badge>
      </Group>
      <div className={classes['ask']}><RichText text={question.text} /></div>
      {answer?.conflict !== undefined && (
        <Alert color='yellow' variant='outline' title={t('conflict')} role='alert' mb='md'>
          <Stack gap='xs' align='flex-start'>
            <Text size='sm'>{t('conflictWhy')}</Text>
            <Text size='sm' className={classes['other']}>{valueText(answer.conflict.value, question.choices)}</Text>
            <Group gap='xs'>
              <Button size='xs' onClick={() => buffer.settle(question.id, 'mine')}>{t('conflictMine')}</Button>
              <Button size='xs' variant='default' onClick={() => buffer.settle(question.id, 'theirs')}>
                {t('conflictTheirs')}
              </Button>
            </Group>
          </Stack>
        </Alert>
      )}
      <AnswerInput
        question={question} value={answer?.value} understood={answer?.understood} refusal={answer?.refusal}
        onChange={value => buffer.set(question.id, value, TYPED_KINDS.has(question.kind))}
      />
      <Group justify='space-between' mt='xl' gap='sm'>
        <Button variant='default' disabled={index === 0} onClick={() => goTo(index - 1)}>{t('previous')}</Button>
        <Button
          variant='subtle' aria-pressed={isFlagged} onClick={() => setFlag(question.id, !isFlagged)}
          leftSection={<span aria-hidden='true'>{isFlagged ? '⚑' : '⚐'}</span>}
        >
          {t(isFlagged ? 'unflag' : 'flag')}
        </Button>
        {index < questions.length - 1
          ? <Button onClick={() => goTo(index + 1)}>{t('next')}</Button>
          : <Button onClick={() => navigate(`/attempts/${attemptId}/handin`)}>{t('toHandIn')}</Button>}
      </Group>
    </article>
  )
}

/** An answer in words: choices by their texts. */
export function valueText (
  value: unknown,
  choices: ReadonlyArray<{ readonly id: string, readonly text: string }> = []
): string {
  const one = (id: unknown) => choices.find(choice => choice.id === id)?.text ?? String(id)
  if (value === null || value === undefined) return t('noAnswer')
  if (Array.isArray(value)) return value.map(one).join(', ')
  if (typeof value === 'boolean') return t(value ? 'true' : 'false')
  return one(value)
}
