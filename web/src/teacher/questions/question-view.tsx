import { Checkbox, Group, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useId } from 'react'
import { RichText } from '../../shared/rich-text.tsx'
import { number } from '../../text/format.ts'
import type { Draft } from './draft.ts'
import { t } from './text.ts'
import classes from './questions.module.css'

interface Props {
  readonly draft: Draft
  readonly place?: number
}

/** A question as a candidate sees it. What is typed here goes nowhere. */
export function QuestionView ({ draft, place }: Props) {
  return (
    <Stack gap='sm'>
      <Group justify='space-between' align='baseline' wrap='nowrap'>
        <Text component='div' fw={500} className={classes['text']}>
          {place !== undefined && <b>{number(place)}. </b>}
          {draft.text === '' ? <Text span c='dimmed'>{t('noTextYet')}</Text> : <RichText text={draft.text} />}
        </Text>
        <Text size='sm' c='dimmed' className={classes['points']}>
          {t('pointsOf', { points: number(draft.points === '' ? 0 : draft.points, 2) })}
        </Text>
      </Group>
      <Answer draft={draft} />
    </Stack>
  )
}

function Answer ({ draft }: Props) {
  const name = useId()
  switch (draft.kind) {
    case 'single': return (
      <Radio.Group label={t('chooseOne')} name={name}>
        <Stack gap='xs' mt='xs'>
          {draft.choices.map(({ id, text }) => <Radio key={id} value={id} label={<Choice text={text} />} />)}
        </Stack>
      </Radio.Group>
    )
    case 'multiple': return (
      <Checkbox.Group label={t('chooseSome')}>
        <Stack gap='xs' mt='xs'>
          {draft.choices.map(({ id, text }) => <Checkbox key={id} value={id} label={<Choice text={text} />} />)}
        </Stack>
      </Checkbox.Group>
    )
    case 'boolean': return (
      <Radio.Group label={t('trueOrFalse')} name={name}>
        <Group mt='xs'>
          <Radio value='true' label={t('true')} />
          <Radio value='false' label={t('false')} />
        </Group>
      </Radio.Group>
    )
    case 'number': return (
      <Group align='flex-end' gap='xs'>
        <TextInput label={t('yourNumber')} inputMode='decimal' maw={240} />
        {draft.unit !== '' && <Text pb={8}>{draft.unit}</Text>}
      </Group>
    )
    case 'short': return <TextInput label={t('yourAnswer')} maw={480} />
    case 'long': return <Textarea label={t('yourAnswer')} autosize minRows={4} maxRows={12} />
    case 'code': return (
      <div>
        <Text size='sm' fw={500} mb={4}>{t('yourCode', { language: draft.language })}</Text>
        <pre className={classes['code']}>{draft.starter === '' ? ' ' : draft.starter}</pre>
      </div>
    )
  }
}

function Choice ({ text }: { readonly text: string }) {
  return text === '' ? <Text span c='dimmed'>{t('emptyChoiceText')}</Text> : <RichText text={text} />
}
