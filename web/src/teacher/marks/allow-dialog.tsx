import { List, Textarea } from '@mantine/core'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Confirm } from '../../shared/confirm.tsx'
import { useRefresh } from '../refresh.ts'
import type { Attempt } from '../types.ts'
import { t } from './text.ts'

export type Allowance = 'reopen' | 'allow-another' | 'allow-unwatched' | 'end-unwatched'

interface Props {
  readonly allowance: Allowance
  readonly attempt: Attempt
  onClose (): void
}

const AFTER = {
  reopen: ['reopenAnswers', 'reopenGrades', 'reopenClock', 'reopenStart'],
  'allow-another': ['anotherStart', 'anotherLimit'],
  'allow-unwatched': ['unwatchedGoesOn', 'unwatchedUntil'],
  'end-unwatched': ['watchedAgain']
} as const

/** What staff allow one candidate, with what follows and the reason that is kept. */
export function AllowDialog ({ allowance, attempt, onClose }: Props) {
  const refresh = useRefresh()
  const [reason, setReason] = useState('')
  const params = { path: { attemptId: attempt.id } }
  const send = async () => {
    const body = { reason: reason.trim() }
    switch (allowance) {
      case 'reopen': return await api.POST('/api/v1/attempts/{attemptId}/reopen', { params, body })
      case 'allow-another': return await api.POST('/api/v1/attempts/{attemptId}/allow-another', { params, body })
      default: return await api.POST('/api/v1/attempts/{attemptId}/allow-unwatched', {
        params, body: { ...body, isAllowed: allowance === 'allow-unwatched' }
      })
    }
  }
  return (
    <Confirm
      title={t(`allow.${allowance}`, { name: attempt.userName })} action={t(`allow.${allowance}.yes`)}
      isDisabled={reason.trim() === ''} onClose={onClose}
      onConfirm={async () => {
        await send()
        await refresh('/api/v1/exams/{examId}/attempts', '/api/v1/exams/{examId}/statistics',
          '/api/v1/attempts/{attemptId}/result')
      }}
    >
      <List spacing={4}>{AFTER[allowance].map(key => <List.Item key={key}>{t(key)}</List.Item>)}</List>
      <Textarea
        label={t('reason')} description={t('reasonWhat')} maxLength={1000} autosize minRows={2} value={reason}
        onChange={event => setReason(event.currentTarget.value)}
      />
    </Confirm>
  )
}
