import { Button, Checkbox, Fieldset, Group, Modal, MultiSelect, NumberInput, Stack, Text, Textarea } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { api } from '../../api/client.ts'
import { RefusalNote } from '../../shared/refusal.tsx'
import { useRefresh } from '../refresh.ts'
import { useRuleTitles } from '../rules/use-rule-words.ts'
import { SpanInput } from '../span-input.tsx'
import type { Accommodation } from '../types.ts'
import { bodyOf, grantedOf, isNothing, NOTHING, type Granted } from './accommodation.ts'
import { t } from './text.ts'

interface Props {
  readonly examId: string
  readonly person: { readonly id: string, readonly name: string }
  readonly accommodation: Accommodation | undefined
  onClose (): void
}

/** Grants one candidate more time or other rules, with the reason. */
export function AccommodationDialog ({ examId, person, accommodation, onClose }: Props) {
  const refresh = useRefresh()
  const titles = useRuleTitles()
  const [granted, setGranted] = useState<Granted>(
    () => accommodation === undefined ? NOTHING : grantedOf(accommodation)
  )
  const [reason, setReason] = useState(accommodation?.reason ?? '')
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const set = (change: Partial<Granted>) => setGranted(before => ({ ...before, ...change }))
  const params = { path: { examId, userId: person.id } }

  const run = async (change: () => Promise<unknown>) => {
    setIsBusy(true)
    setError(undefined)
    try {
      await change()
      await refresh('/api/v1/exams/{examId}/accommodations')
      onClose()
    } catch (error) {
      setError(error as Error)
      setIsBusy(false)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const body = { ...bodyOf(granted), reason: reason.trim() }
    run(async () => await api.PUT('/api/v1/exams/{examId}/accommodations/{userId}', { params, body })).catch(() => {})
  }
  const remove = () => {
    run(async () => await api.DELETE('/api/v1/exams/{examId}/accommodations/{userId}', { params })).catch(() => {})
  }
  return (
    <Modal
      opened onClose={onClose} title={t('grantTitle', { name: person.name })} size='lg'
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <NumberInput
            label={t('extraTime')} description={t('extraTimeWhat')} value={granted.extraPercent} min={0} max={1000}
            suffix=' %' decimalScale={2} allowNegative={false} maw={280}
            onChange={value => set({ extraPercent: Number(value) })}
          />
          <Fieldset legend={t('differently')}>
            <Stack gap='sm'>
              {(['secondPerson', 'gazeFree', 'speech'] as const).map(name => (
                <Checkbox
                  key={name} label={t(name)} description={t(`${name}What`)} checked={granted[name]}
                  onChange={event => set({ [name]: event.currentTarget.checked })}
                />
              ))}
              <SpanInput
                label={t('absence')} description={t('absenceWhat')} value={granted.absenceMs} units={['second', 'minute']}
                maxMs={3_600_000} placeholder={t('absenceNone')} onChange={absenceMs => set({ absenceMs })}
              />
              <MultiSelect
                label={t('rulesOff')} description={t('rulesOffWhat')} value={[...granted.rulesOff]} searchable clearable
                data={titles.map(({ kind, title }) => ({ value: kind, label: title }))}
                clearButtonProps={{ 'aria-label': t('clear') }} onChange={rulesOff => set({ rulesOff })}
              />
            </Stack>
          </Fieldset>
          <Textarea
            label={t('reason')} description={t('reasonWhat')} required withAsterisk={false} maxLength={1000} autosize
            minRows={2} value={reason} onChange={event => setReason(event.currentTarget.value)}
          />
          <Text size='sm' c='dimmed'>{t('grantAfter')}</Text>
          {error !== undefined && <RefusalNote error={error} />}
          <Group>
            <Button type='submit' loading={isBusy} disabled={isNothing(granted) || reason.trim() === ''}>{t('grant')}</Button>
            <Button variant='default' onClick={onClose}>{t('cancel')}</Button>
            {accommodation !== undefined && (
              <Button variant='subtle' ml='auto' disabled={isBusy} onClick={remove}>{t('grantRemove')}</Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
