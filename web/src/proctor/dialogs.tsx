import { Button, Checkbox, Group, Modal, Stack, Table, Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { api, dataOf } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import { number } from '../text/format.ts'
import { language } from '../text/index.ts'
import { CANNED, CANNED_TEXT, type Canned } from '../shared/canned.ts'
import { t } from './text.ts'

interface ReasonProps {
  readonly kind: 'pause' | 'end'
  readonly name: string
  onConfirm (reason: string): Promise<boolean>
  onClose (): void
}

/** Asks for the reason of a pause or an end; an end is asked twice. */
export function ReasonDialog ({ kind, name, onConfirm, onClose }: ReasonProps) {
  const [reason, setReason] = useState('')
  const [step, setStep] = useState<'reason' | 'sure'>('reason')
  const [isBusy, setIsBusy] = useState(false)
  const isEmpty = reason.trim() === ''
  const confirm = () => {
    setIsBusy(true)
    onConfirm(reason.trim()).then(isDone => {
      if (isDone) onClose()
      else setIsBusy(false)
    }, () => setIsBusy(false))
  }
  return (
    <Modal
      opened onClose={onClose} centered title={t(kind === 'pause' ? 'pauseTitle' : 'endTitle', { name })}
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      <Stack gap='sm'>
        {step === 'reason'
          ? (
            <>
              <Text size='sm'>{t(kind === 'pause' ? 'pauseWhat' : 'endWhat')}</Text>
              <TextInput
                label={t('reason')} value={reason} maxLength={200} data-autofocus required
                onChange={event => setReason(event.currentTarget.value)}
              />
            </>
            )
          : (
            <>
              <Text role='alert' fw={600}>{t('endSure', { name })}</Text>
              <Text size='sm'>{t('reason')}: {reason}</Text>
            </>
            )}
        <Group justify='flex-end'>
          <Button variant='default' onClick={onClose}>{t('cancel')}</Button>
          {kind === 'pause' && <Button disabled={isEmpty} loading={isBusy} onClick={confirm}>{t('pause')}</Button>}
          {kind === 'end' && step === 'reason' && (
            <Button variant='default' disabled={isEmpty} onClick={() => setStep('sure')}>{t('endNext')}</Button>
          )}
          {kind === 'end' && step === 'sure' && (
            <Button color='red.9' loading={isBusy} onClick={confirm}>{t('endYes')}</Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}

interface FlagProps {
  onConfirm (note: string): void
  onClose (): void
}

export function FlagDialog ({ onConfirm, onClose }: FlagProps) {
  const [note, setNote] = useState('')
  return (
    <Modal opened onClose={onClose} centered title={t('flagTitle')} closeButtonProps={{ 'aria-label': t('cancel') }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          onConfirm(note.trim())
          onClose()
        }}
      >
        <Stack gap='sm'>
          <TextInput
            label={t('note')} value={note} maxLength={500} data-autofocus
            onChange={event => setNote(event.currentTarget.value)}
          />
          <Group justify='flex-end'>
            <Button variant='default' onClick={onClose}>{t('cancel')}</Button>
            <Button type='submit'>{t('flag')}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

interface BroadcastProps {
  readonly examId: string
  onClose (): void
}

/** Writes to all candidates of the exam; a second try after a lost answer sends it once. */
export function BroadcastDialog ({ examId, onClose }: BroadcastProps) {
  const [text, setText] = useState('')
  const [canned, setCanned] = useState<Canned>()
  const [key, setKey] = useState(() => crypto.randomUUID())
  const [outcome, setOutcome] = useState<string>()
  const [isBusy, setIsBusy] = useState(false)
  const change = (next: string, made?: Canned) => {
    setText(next)
    setCanned(made)
    setKey(crypto.randomUUID())
    setOutcome(undefined)
  }
  const send = () => {
    setIsBusy(true)
    dataOf(api.POST('/api/v1/exams/{examId}/broadcast', {
      params: { path: { examId }, header: { 'idempotency-key': key } },
      body: { text: text.trim(), ...(canned !== undefined && { canned }) }
    })).then(
      ({ sessions, delivered }) => {
        change('')
        setOutcome(t('broadcastDone', { sessions: number(sessions), delivered: number(delivered) }))
      },
      (error: Error) => setOutcome(error instanceof ApiError ? error.message : t('notSent'))
    ).finally(() => setIsBusy(false))
  }
  return (
    <Modal opened onClose={onClose} centered title={t('broadcastTitle')} closeButtonProps={{ 'aria-label': t('cancel') }}>
      <Stack gap='sm'>
        <Textarea
          label={t('broadcastText')} value={text} maxLength={500} autosize minRows={3} data-autofocus
          onChange={event => change(event.currentTarget.value)}
        />
        <Group gap={6}>
          {CANNED.filter(one => one === 'tenMinutes' || one === 'quiet').map(one => (
            <Button key={one} size='compact-sm' variant='default' onClick={() => change(CANNED_TEXT[language()][one], one)}>
              {CANNED_TEXT[language()][one]}
            </Button>
          ))}
        </Group>
        <Text role='status' size='sm'>{outcome}</Text>
        <Group justify='flex-end'>
          <Button variant='default' onClick={onClose}>{t('closePanel')}</Button>
          <Button disabled={text.trim() === ''} loading={isBusy} onClick={send}>{t('broadcastSend')}</Button>
        </Group>
      </Stack>
    </Modal>
  )
}

interface HelpProps {
  readonly isOn: boolean
  readonly isAdmin: boolean
  onChange (isOn: boolean): void
  onClose (): void
}

const KEYS = [
  ['J K', 'queue'], ['← ↑ → ↓', 'arrows'], ['Enter', 'enter'], ['Esc', 'escape'], ['A', 'seen'], ['W', 'warn'],
  ['M', 'message'], ['P', 'pause'], ['F', 'flag'], ['/', 'search'], ['V', 'view'], ['S', 'sound'], ['G', 'go'],
  ['?', 'help']
] as const

export function HelpDialog ({ isOn, isAdmin, onChange, onClose }: HelpProps) {
  return (
    <Modal opened onClose={onClose} centered title={t('helpTitle')} closeButtonProps={{ 'aria-label': t('closePanel') }}>
      <Stack gap='sm'>
        <Checkbox label={t('helpOn')} checked={isOn} onChange={event => onChange(event.currentTarget.checked)} />
        <Table verticalSpacing={4}>
          <Table.Tbody>
            {KEYS.map(([keys, name]) => (
              <Table.Tr key={name}>
                <Table.Th scope='row' style={{ whiteSpace: 'nowrap' }}><kbd>{keys}</kbd></Table.Th>
                <Table.Td>{t(`help.${name}`)}{name === 'go' && isAdmin && t('help.goAdmin')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size='sm' c='dimmed'>{t('noEndKey')}</Text>
      </Stack>
    </Modal>
  )
}
