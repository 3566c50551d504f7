import { Stack, Text } from '@mantine/core'
import { RichText } from '../../shared/rich-text.tsx'
import classes from './marks.module.css'
import type { Answer } from './queue.ts'
import { t } from './text.ts'

/** What a candidate answered, beside what is right. */
export function AnswerView ({ answer }: { readonly answer: Answer }) {
  const { kind, value } = answer
  const body = (answer.body ?? {}) as Readonly<Record<string, unknown>>
  if (kind === 'single' || kind === 'multiple') return <Choices answer={answer} correct={body['correct']} />
  if (value === null || value === undefined || value === '') return <Text fs='italic'>{t('noAnswer')}</Text>
  switch (kind) {
    case 'boolean': return (
      <Stack gap={4}>
        <Text>{t(value === true ? 'true' : 'false')}</Text>
        <Right text={t(body['correct'] === true ? 'true' : 'false')} />
      </Stack>
    )
    case 'number': return (
      <Stack gap={4}>
        <Text>{String(value)}</Text>
        {answer.understood === null && <Text size='sm' fw={600}>{t('notUnderstood')}</Text>}
        {typeof answer.understood === 'string' && answer.understood !== String(value) && (
          <Text size='sm'>{t('understoodAs', { number: answer.understood })}</Text>
        )}
        <Right
          text={body['tolerance'] === undefined
            ? String(body['correct'])
            : t('within', { correct: String(body['correct']), tolerance: String(body['tolerance']) })}
        />
      </Stack>
    )
    case 'short': return (
      <Stack gap={4}>
        <Text className={classes['long']}>{String(value)}</Text>
        <Right text={(body['accepted'] as readonly string[] | undefined ?? []).join(' · ')} />
      </Stack>
    )
    case 'long': return <div className={classes['answer']}><RichText text={String(value)} /></div>
    case 'code': return (
      <pre className={classes['code']} tabIndex={0} aria-label={t('code')}>{answer.submission?.code ?? String(value)}</pre>
    )
  }
}

const Right = ({ text }: { readonly text: string }) => <Text size='sm' c='dimmed'>{t('right', { text })}</Text>

function Choices ({ answer, correct }: { readonly answer: Answer, readonly correct: unknown }) {
  const chosen: readonly unknown[] = Array.isArray(answer.value) ? answer.value : [answer.value]
  const right: readonly unknown[] = Array.isArray(correct) ? correct : [correct]
  return (
    <ul className={classes['choices']}>
      {answer.choices?.map(({ id, text }) => (
        <li key={id} data-chosen={chosen.includes(id) || undefined}>
          <span aria-hidden>{chosen.includes(id) ? '●' : '○'}</span>
          <span><RichText text={text} /></span>
          <Text span size='sm' c='dimmed'>
            {[...(chosen.includes(id) ? [t('chosen')] : []), ...(right.includes(id) ? [t('isRight')] : [])].join(' · ')}
          </Text>
        </li>
      ))}
    </ul>
  )
}
