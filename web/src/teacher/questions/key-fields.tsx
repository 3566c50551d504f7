import { ActionIcon, Button, Checkbox, Fieldset, Group, Radio, Stack, Textarea, TextInput } from '@mantine/core'
import { Cross2Icon } from '@radix-ui/react-icons'
import { useId } from 'react'
import { number } from '../../text/format.ts'
import { freeId, markChoice, type Draft } from './draft.ts'
import { t } from './text.ts'

export interface KeyFieldsProps {
  readonly draft: Draft
  /** What candidates have seen cannot change any more; only what is graded by can. */
  readonly isSeen?: boolean
  onChange (draft: Draft): void
}

const CHOICES_MAX = 50

/** What a question is answered and graded by, by its kind. */
export function KeyFields (props: KeyFieldsProps) {
  switch (props.draft.kind) {
    case 'single':
    case 'multiple': return <Choices {...props} />
    case 'boolean': return <TrueFalse {...props} />
    case 'number': return <NumberKey {...props} />
    case 'short': return <Accepted {...props} />
    case 'long':
    case 'code': return <Guidance {...props} />
  }
}

function Choices ({ draft, isSeen = false, onChange }: KeyFieldsProps) {
  const name = useId()
  const Mark = draft.kind === 'single' ? Radio : Checkbox
  const setText = (id: string, text: string) => onChange({
    ...draft, choices: draft.choices.map(choice => choice.id === id ? { ...choice, text } : choice)
  })
  return (
    <Fieldset legend={t(draft.kind === 'single' ? 'choicesOne' : 'choicesSome')}>
      <Stack gap='xs'>
        {draft.choices.map(({ id, text, isCorrect }, index) => {
          const values = { number: number(index + 1) }
          return (
            <Group key={id} wrap='nowrap' gap='xs'>
              <Mark
                name={name} checked={isCorrect} aria-label={t('isCorrect', values)}
                onChange={event => onChange(markChoice(draft, id, event.currentTarget.checked))}
              />
              <TextInput
                flex={1} aria-label={t('choice', values)} placeholder={t('choice', values)} value={text} maxLength={2000}
                readOnly={isSeen} variant={isSeen ? 'unstyled' : 'default'}
                onChange={event => setText(id, event.currentTarget.value)}
              />
              {!isSeen && (
                <ActionIcon
                  variant='subtle' color='gray' aria-label={t('removeChoice', values)} disabled={draft.choices.length <= 2}
                  onClick={() => onChange({ ...draft, choices: draft.choices.filter(choice => choice.id !== id) })}
                >
                  <Cross2Icon />
                </ActionIcon>
              )}
            </Group>
          )
        })}
        {!isSeen && (
          <Button
            variant='default' size='xs' disabled={draft.choices.length >= CHOICES_MAX} w='fit-content'
            onClick={() => onChange({
              ...draft, choices: [...draft.choices, { id: freeId(draft.choices), text: '', isCorrect: false }]
            })}
          >
            {t('addChoice')}
          </Button>
        )}
      </Stack>
    </Fieldset>
  )
}

function TrueFalse ({ draft, onChange }: KeyFieldsProps) {
  return (
    <Radio.Group
      label={t('rightAnswer')} value={String(draft.isTrue)}
      onChange={value => onChange({ ...draft, isTrue: value === 'true' })}
    >
      <Group mt='xs'>
        <Radio value='true' label={t('true')} />
        <Radio value='false' label={t('false')} />
      </Group>
    </Radio.Group>
  )
}

function NumberKey ({ draft, isSeen = false, onChange }: KeyFieldsProps) {
  return (
    <Group align='flex-start'>
      <TextInput
        label={t('rightNumber')} description={t('rightNumberWhat')} value={draft.correct} inputMode='decimal' flex='1 1 12rem'
        onChange={event => onChange({ ...draft, correct: event.currentTarget.value })}
      />
      <TextInput
        label={t('tolerance')} description={t('toleranceWhat')} value={draft.tolerance} inputMode='decimal' flex='1 1 12rem'
        onChange={event => onChange({ ...draft, tolerance: event.currentTarget.value })}
      />
      <TextInput
        label={t('unit')} description={t('unitWhat')} value={draft.unit} maxLength={50} readOnly={isSeen} flex='1 1 8rem'
        onChange={event => onChange({ ...draft, unit: event.currentTarget.value })}
      />
    </Group>
  )
}

function Accepted ({ draft, onChange }: KeyFieldsProps) {
  return (
    <Stack gap='xs'>
      <Textarea
        label={t('accepted')} description={t('acceptedWhat')} autosize minRows={2} maxRows={12}
        value={draft.accepted.join('\n')}
        onChange={event => onChange({ ...draft, accepted: event.currentTarget.value.split('\n') })}
      />
      <Checkbox
        label={t('caseSensitive')} checked={draft.isCaseSensitive}
        onChange={event => onChange({ ...draft, isCaseSensitive: event.currentTarget.checked })}
      />
    </Stack>
  )
}

function Guidance ({ draft, onChange }: KeyFieldsProps) {
  return (
    <Textarea
      label={t('guidance')} description={t('guidanceWhat')} autosize minRows={2} maxRows={12} maxLength={20_000}
      value={draft.guidance} onChange={event => onChange({ ...draft, guidance: event.currentTarget.value })}
    />
  )
}
