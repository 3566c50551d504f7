import { Button, Text } from '@mantine/core'
import { Link } from 'wouter'
import { number } from '../../text/format.ts'
import { t } from './text.ts'
import { isAnswered } from './question-state.ts'
import { useAnswers, useRoomView } from './room-context.tsx'
import classes from './room.module.css'

/** The numbers of all questions, each with how it stands: by shape and word, not by color alone. */
export function Navigation ({ current }: { readonly current: number | undefined }) {
  const questions = useRoomView(({ questions }) => questions) ?? []
  const flags = useRoomView(({ flags }) => flags)
  const attemptId = useRoomView(({ attempt }) => attempt?.id)
  const { answers } = useAnswers()
  if (questions.length === 0) return null
  return (
    <nav aria-label={t('questions')}>
      <ol className={classes['numbers']}>
        {questions.map((question, index) => {
          const state = isAnswered(question, answers.get(question.id)?.value) ? 'answered' : 'open'
          const isFlagged = flags.has(question.id)
          const words = [t('questionNumber', { number: number(index + 1) }), t(`answer.${state}`)]
          if (isFlagged) words.push(t('answer.flagged'))
          return (
            <li key={question.id}>
              <Link
                href={`/attempts/${attemptId}/q/${index + 1}`} className={classes['number'] ?? ''}
                aria-current={index === current ? 'page' : undefined} aria-label={words.join(', ')}
              >
                {number(index + 1)}
                <span aria-hidden='true' className={classes['mark']} data-state={isFlagged ? 'flagged' : state}>
                  {isFlagged ? '⚑' : state === 'answered' ? '●' : '○'}
                </span>
              </Link>
            </li>
          )
        })}
      </ol>
      <Text size='xs' c='dimmed' mt='xs' aria-hidden='true'>{t('legend')}</Text>
      <Button component={Link} href={`/attempts/${attemptId}/handin`} variant='default' fullWidth mt='md'>
        {t('toHandIn')}
      </Button>
    </nav>
  )
}
