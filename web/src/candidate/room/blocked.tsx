import { Anchor, Button, Paper, Stack, Text } from '@mantine/core'
import { useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import { api } from '../../api/client.ts'
import { useUser } from '../../api/use-login.ts'
import type { ActorRole } from '../../live/protocol.ts'
import { PageTitle } from '../../shared/page-title.tsx'
import { Problem } from '../../shared/problem.tsx'
import { Waiting } from '../../shared/waiting.tsx'
import { clockTime, number } from '../../text/format.ts'
import { t } from './text.ts'
import { useAnswers, useRoom, useRoomStream, useRoomView } from './room-context.tsx'
import { roomStatus } from './room-status.ts'

/** What stands in the place of the question while it cannot be shown, and why; `children` where it can. */
export function Blocked ({ children }: { readonly children: ReactNode }) {
  const { stream, retry } = useRoom()
  const answers = useAnswers()
  const view = useRoomStream(view => view)
  const phase = useRoomView(({ phase }) => phase)
  const error = useRoomView(({ error }) => error)
  const fullForSeconds = useRoomView(({ fullForSeconds }) => fullForSeconds)
  const questions = useRoomView(({ questions }) => questions)
  const hindrance = useRoomView(({ hindrance }) => hindrance)
  const status = roomStatus(view, answers)

  if (phase === 'full') {
    return <Notice title={t('full')}><Text role='timer'>{t('fullWhy', { seconds: number(fullForSeconds) })}</Text></Notice>
  }
  if (phase === 'refused' && error !== undefined) {
    return (
      <Notice title={t('cannotGoOn')}>
        <Problem error={error} onRetry={retry} />
        <Anchor component={Link} href='/exams'>{t('backToExams')}</Anchor>
      </Notice>
    )
  }
  if (status === 'elsewhere') {
    return (
      <Notice title={t('elsewhere')}>
        <Text>{t('elsewhereWhy')}</Text>
        <Button onClick={() => stream.reconnect()}>{t('useThis')}</Button>
      </Notice>
    )
  }
  if (status === 'login') {
    return (
      <Notice title={t('loggedOut')}>
        <Text>{t('loggedOutWhy')}</Text>
        <Button component={Link} href={`/login?next=${encodeURIComponent(location.pathname)}`}>{t('logInAgain')}</Button>
      </Notice>
    )
  }
  if (view.state === 'paused') return <Paused reason={view.reason} role={view.by} />
  if (questions === undefined) {
    if (error !== undefined && phase === 'loading') {
      return <Notice title={t('loadingExam')}><Problem error={error} onRetry={retry} /></Notice>
    }
    if (hindrance !== undefined) {
      return <Notice title={t('loadingExam')}><Text role='status'>{t(`hindrance.${hindrance}`)}</Text></Notice>
    }
    return <Notice title={t('loadingExam')}><Waiting /></Notice>
  }
  return children
}

function Notice ({ title, children }: { readonly title: string, readonly children: ReactNode }) {
  return (
    <Paper withBorder p='xl' bg='var(--card)'>
      <PageTitle key={title}>{title}</PageTitle>
      <Stack align='flex-start'>{children}</Stack>
    </Paper>
  )
}

/** Who has paused, why, since when, and what happens now. */
function Paused ({ reason, role }: { readonly reason: string | undefined, readonly role: ActorRole | undefined }) {
  const user = useUser()
  const { refresh } = useRoom()
  const pause = useRoomView(({ pause }) => pause)
  const breaks = useRoomView(({ attempt }) => attempt?.breaks)
  const [error, setError] = useState<Error>()
  const resume = () => {
    setError(undefined)
    api.POST('/api/v1/exam/resume/{userId}', { params: { path: { userId: user!.id } }, body: {} })
      .then(refresh, (error: Error) => setError(error))
  }
  const by = pause?.by ?? (role === 'candidate' ? 'me' : role) ?? 'unknown'
  const minutes = breaks === undefined ? '' : number(breaks.lengthMs / 60_000, 1)
  return (
    <Notice title={t(`paused.${by}`)}>
      {reason !== undefined && reason !== '' && <Text>{t('pausedReason', { reason })}</Text>}
      {pause !== undefined && <Text c='dimmed'>{t('pausedSince', { time: clockTime(pause.sinceMs) })}</Text>}
      <Text>{t(by === 'me' ? 'breakNow' : 'pausedNow', { minutes })}</Text>
      {error !== undefined && <Problem error={error} />}
      {by === 'me' && <Button onClick={resume}>{t('breakEnd')}</Button>}
    </Notice>
  )
}
