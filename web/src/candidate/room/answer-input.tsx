import { Button, Group, Skeleton, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { lazy, Suspense, type ReactNode } from 'react'
import { plainText, textParts } from '../../shared/rich-text-parts.ts'
import { RichText } from '../../shared/rich-text.tsx'
import { number } from '../../text/format.ts'
import { t } from './text.ts'
import type { Question } from '../types.ts'
import classes from './room.module.css'

const CodeInput = lazy(() => import('../../shared/code-input.tsx'))

export interface AnswerInputProps {
  readonly question: Question
  readonly value: unknown
  /** Of a number: how the server read it. */
  readonly understood?: string | null | undefined
  readonly refusal?: string | undefined
  onChange (value: unknown): void
}

const CHARACTERS_MAX = 200_000

/** The place for the answer, by the question's kind. */
export function AnswerInput (props: AnswerInputProps) {
  switch (props.question.kind) {
    case 'single': return <Single {...props} />
    case 'multiple': return <Multiple {...props} />
    case 'boolean': return <TrueFalse {...props} />
    case 'number': return <NumberAnswer {...props} />
    case 'short': return <Short {...props} />
    case 'long': return <Long {...props} />
    case 'code': return <Code {...props} />
  }
}

/** A choice of formulas alone has no text to be named by. */
const spoken = (text: string) =>
  textParts(text).some(part => part.kind === 'text' && part.text.trim() !== '') ? {} : { 'aria-label': plainText(text) }

const textOf = (value: unknown): string => typeof value === 'string' || typeof value === 'number' ? String(value) : ''

function TakeBack ({ value, onChange }: Pick<AnswerInputProps, 'value' | 'onChange'>) {
  return (
    <Button
      variant='subtle' size='compact-sm' disabled={value === undefined || value === null} onClick={() => onChange(null)}
    >
      {t('takeBack')}
    </Button>
  )
}

interface ChoiceProps {
  readonly type: 'radio' | 'checkbox'
  readonly name: string
  readonly text: string
  readonly isChosen: boolean
  onChoose (isChosen: boolean): void
}

/** One choice: all of its box can be pressed. A plain element, because every exam loads it. */
function Choice ({ type, name, text, isChosen, onChoose }: ChoiceProps) {
  return (
    <label className={classes['choice']}>
      <input
        type={type} name={name} checked={isChosen} {...spoken(text)}
        onChange={event => onChoose(event.currentTarget.checked)}
      />
      <span><RichText text={text} /></span>
    </label>
  )
}

function Choices ({ label, children }: { readonly label: string, readonly children: ReactNode }) {
  return (
    <fieldset className={classes['choices']}>
      <legend>{label}</legend>
      {children}
    </fieldset>
  )
}

function Single ({ question: { id: name, choices = [] }, value, onChange }: AnswerInputProps) {
  return (
    <Stack align='flex-start'>
      <Choices label={t('chooseOne')}>
        {choices.map(({ id, text }) => (
          <Choice
            key={id} type='radio' name={name} text={text} isChosen={textOf(value) === id} onChoose={() => onChange(id)}
          />
        ))}
      </Choices>
      <TakeBack value={value} onChange={onChange} />
    </Stack>
  )
}

function Multiple ({ question: { id: name, choices = [] }, value, onChange }: AnswerInputProps) {
  const chosen = Array.isArray(value) ? value.map(String) : []
  return (
    <Choices label={t('chooseSome')}>
      {choices.map(({ id, text }) => (
        <Choice
          key={id} type='checkbox' name={name} text={text} isChosen={chosen.includes(id)}
          // In the order of the choices, so that the same choice is the same answer.
          onChoose={isChosen => onChange(
            choices.map(choice => choice.id).filter(one => one === id ? isChosen : chosen.includes(one))
          )}
        />
      ))}
    </Choices>
  )
}

function TrueFalse ({ question: { id: name }, value, onChange }: AnswerInputProps) {
  return (
    <Stack align='flex-start'>
      <Choices label={t('trueOrFalse')}>
        {([true, false] as const).map(truth => (
          <Choice
            key={String(truth)} type='radio' name={name} text={t(truth ? 'true' : 'false')} isChosen={value === truth}
            onChoose={() => onChange(truth)}
          />
        ))}
      </Choices>
      <TakeBack value={value} onChange={onChange} />
    </Stack>
  )
}

/** An emptied field takes the answer back. */
const orNull = (text: string): string | null => text.trim() === '' ? null : text

function NumberAnswer ({ question: { unit }, value, understood, refusal, onChange }: AnswerInputProps) {
  return (
    <Stack gap='xs'>
      <Group align='flex-end' gap='xs'>
        <TextInput
          label={unit === undefined ? t('yourNumber') : t('yourNumberIn', { unit })} value={textOf(value)} error={refusal}
          inputMode='decimal' autoComplete='off' maxLength={300} maw={320} flex='1 1 12rem'
          onChange={event => onChange(orNull(event.currentTarget.value))}
        />
        {unit !== undefined && <Text pb={8}>{unit}</Text>}
      </Group>
      <Text size='sm' c='dimmed' role='status'>
        {understood !== undefined && understood !== null && refusal === undefined && t('understoodAs', { number: understood })}
      </Text>
    </Stack>
  )
}

function Short ({ value, refusal, onChange }: AnswerInputProps) {
  return (
    <TextInput
      label={t('yourAnswer')} value={textOf(value)} error={refusal} autoComplete='off' maxLength={CHARACTERS_MAX}
      onChange={event => onChange(orNull(event.currentTarget.value))}
    />
  )
}

function Long ({ value, refusal, onChange }: AnswerInputProps) {
  const text = textOf(value)
  return (
    <Stack gap={4}>
      <Textarea
        label={t('yourAnswer')} value={text} error={refusal} autosize minRows={8} maxRows={24} maxLength={CHARACTERS_MAX}
        onChange={event => onChange(orNull(event.currentTarget.value))}
      />
      <Text size='sm' c='dimmed'>{t('words', { count: number(text.split(/\s+/).filter(word => word !== '').length) })}</Text>
    </Stack>
  )
}

function Code ({ question, value, refusal, onChange }: AnswerInputProps) {
  return (
    <Stack gap={4}>
      <Text fw={500} size='sm' id='code-label'>{t('yourCode', { language: question.language ?? '' })}</Text>
      <div className={classes['editor']}>
        <Suspense fallback={<Skeleton h={220} />}>
          <CodeInput
            key={question.id} language={question.language ?? ''}
            label={t('yourCode', { language: question.language ?? '' })}
            value={typeof value === 'string' ? value : question.starter ?? ''} onChange={onChange}
          />
        </Suspense>
      </div>
      {refusal !== undefined && <Text c='var(--mantine-color-error)' size='sm'>{refusal}</Text>}
      <Text size='sm' c='dimmed' mt={4}>{t('codeNotRun')}</Text>
    </Stack>
  )
}
