import { Alert, Anchor, Button, Group, List, Paper, Stack, Text, Textarea, Title } from '@mantine/core'
import { useState } from 'react'
import { Link, useParams } from 'wouter'
import { api, query } from '../../api/client.ts'
import type { paths } from '../../api/schema.d.ts'
import { EvidenceList } from '../../shared/evidence.tsx'
import { Loaded } from '../../shared/loaded.tsx'
import { PageTitle } from '../../shared/page-title.tsx'
import { Problem } from '../../shared/problem.tsx'
import { SignedReport } from '../../shared/signed-report/signed-report.tsx'
import { clockTime, dateTime } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { t } from './text.ts'

type Report = paths['/api/v1/sessions/{sessionId}/report']['get']['responses'][200]['content']['application/json']

/** After an exam: what people looked at, what they decided and why, who looked; comments and the appeal. */
export default function ReportPage () {
  useLanguage()
  const { attemptId = '' } = useParams()
  const sessions = query.useQuery('get', '/api/v1/sessions', { params: { query: { attemptId, limit: 20 } } })
  return (
    <Stack gap='lg' maw={760} mx='auto'>
      <div>
        <PageTitle>{t('title')}</PageTitle>
        <Text c='dimmed'>{t('lead')}</Text>
      </div>
      <Loaded query={sessions}>
        {({ sessions }) => sessions.length === 0
          ? <Text role='status'>{t('none')}</Text>
          : sessions.map(({ id }) => <SessionReport key={id} sessionId={id} />)}
      </Loaded>
      <Anchor component={Link} href={`/attempts/${attemptId}`}>{t('back')}</Anchor>
    </Stack>
  )
}

function SessionReport ({ sessionId }: { readonly sessionId: string }) {
  const path = { params: { path: { sessionId } } }
  const report = query.useQuery('get', '/api/v1/sessions/{sessionId}/report', path, { staleTime: 0 })
  const again = async () => { await report.refetch() }
  return (
    <Loaded query={report}>
      {report => {
        const time = dateTime(report.startedAtMs)
        return (
          <Stack component='section' gap='md' aria-label={t('session', { time })}>
            <Title order={2}>{t('session', { time })}</Title>
            <Decision report={report} />
            <Title order={3} size='h4'>{t('entries')}</Title>
            {report.entries.length === 0 && <Text>{t('noEntries')}</Text>}
            {report.entries.map(entry => (
              <Entry key={entry.eventId} entry={entry} sessionId={sessionId} onSent={again} />
            ))}
            <Title order={3} size='h4'>{t('views')}</Title>
            {report.views.length === 0
              ? <Text>{t('noViews')}</Text>
              : (
                <List>
                  {report.views.map(({ what, role, atMs }, index) => (
                    <List.Item key={index}>{t(`role.${role}`)}: {t(`viewed.${what}`)}, {dateTime(atMs)}</List.Item>
                  ))}
                </List>
                )}
            <Appeal report={report} onSent={again} />
            {report.decision !== null && <SignedReport sessionId={sessionId} order={3} />}
          </Stack>
        )
      }}
    </Loaded>
  )
}

function Decision ({ report: { state, decision } }: { readonly report: Report }) {
  if (decision === null) {
    return <Alert variant='outline' color='blue' role='status'>{t(state === 'decided' ? 'state.in_review' : `state.${state}`)}</Alert>
  }
  return (
    <Alert
      variant='outline' color='blue' role='status'
      title={t('decided', {
        decision: t(`decision.${decision.decision}`), name: decision.by ?? t('someone'), time: dateTime(decision.atMs)
      })}
    >
      {t('reason', { reason: decision.reason })}
    </Alert>
  )
}

interface EntryProps {
  readonly entry: Report['entries'][number]
  readonly sessionId: string
  onSent (): Promise<void>
}

function Entry ({ entry, sessionId, onSent }: EntryProps) {
  const { eventId, title, startedAtMs, state, reason, isWithoutEvidence, evidence, comments } = entry
  const [isShown, setIsShown] = useState(false)
  return (
    <Paper withBorder p='md' bg='var(--card)' component='article' aria-label={title}>
      <Stack gap='xs'>
        <Text fw={600}>{title}</Text>
        <Text size='sm'>{clockTime(startedAtMs)} · {t(`entry.${state}`)}</Text>
        {reason !== null && <Text>{t('reason', { reason })}</Text>}
        {isWithoutEvidence && <Text size='sm'>{t('withoutEvidence')}</Text>}
        {evidence.length > 0 && !isShown && (
          <Group><Button size='xs' variant='default' onClick={() => setIsShown(true)}>{t('evidence')}</Button></Group>
        )}
        {isShown && <EvidenceList evidence={evidence} />}
        {comments.map(({ id, text }) => <Text key={id} size='sm'>{t('yourWords', { text })}</Text>)}
        <Words
          label={t('explain')} action={t('explainSend')} maxLength={500}
          onSend={async text => {
            await api.POST('/api/v1/sessions/{sessionId}/report/comments', {
              params: { path: { sessionId } }, body: { eventId, text }
            })
            await onSent()
          }}
        />
      </Stack>
    </Paper>
  )
}

function Appeal ({ report, onSent }: { readonly report: Report, onSent (): Promise<void> }) {
  const { sessionId, appeal, mayAppeal, appealUntilMs } = report
  return (
    <Stack gap='xs' component='section' aria-label={t('appeal')}>
      <Title order={3} size='h4'>{t('appeal')}</Title>
      {appeal !== null && (
        <>
          <Text size='sm' c='dimmed'>{t('appealYours', { time: dateTime(appeal.openedAtMs) })}</Text>
          <Text style={{ whiteSpace: 'pre-wrap' }}>{appeal.text}</Text>
          {appeal.answer !== null && <Text>{t('appealAnswer', { text: appeal.answer })}</Text>}
          <Text role='status' fw={600}>{t(`appeal.${appeal.state}`)}</Text>
          {appeal.reason !== null && <Text>{t('reason', { reason: appeal.reason })}</Text>}
        </>
      )}
      {appealUntilMs === null && <Text>{t('appealLater')}</Text>}
      {appealUntilMs !== null && appeal === null && !mayAppeal && <Text>{t('appealOver')}</Text>}
      {mayAppeal && appealUntilMs !== null && (
        <>
          <Text>{t('appealWhat', { time: dateTime(appealUntilMs) })}</Text>
          <Words
            label={t('appealWords')} action={t('appealSend')} maxLength={2000}
            onSend={async text => {
              await api.POST('/api/v1/sessions/{sessionId}/appeal', { params: { path: { sessionId } }, body: { text } })
              await onSent()
            }}
          />
        </>
      )}
    </Stack>
  )
}

interface WordsProps {
  readonly label: string
  readonly action: string
  readonly maxLength: number
  onSend (text: string): Promise<void>
}

/** A text that is sent with a button of its own. It stays when the server refuses it. */
function Words ({ label, action, maxLength, onSend }: WordsProps) {
  const [text, setText] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const send = () => {
    setIsBusy(true)
    setError(undefined)
    onSend(text.trim()).then(() => setText(''), (error: Error) => setError(error)).finally(() => setIsBusy(false))
  }
  return (
    <>
      <Textarea
        label={label} autosize minRows={2} maxLength={maxLength} value={text}
        onChange={event => setText(event.currentTarget.value)}
      />
      {error !== undefined && <Problem error={error} />}
      <Group>
        <Button size='xs' variant='default' loading={isBusy} disabled={text.trim() === ''} onClick={send}>{action}</Button>
      </Group>
    </>
  )
}
