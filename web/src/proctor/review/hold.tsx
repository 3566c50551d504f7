import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { api, query } from '../../api/client.ts'
import { dateTime } from '../../text/format.ts'
import { ReasonDialog } from './reason-dialog.tsx'
import { t } from './text.ts'
import type { Review } from './types.ts'

const PATH = '/api/v1/admin/holds'
/** Far more than one person has at a time. */
const HOLDS_MAX = 100

type Asked = { readonly place: 'session' | 'attempt' } | { readonly release: string }

/** The legal holds that keep a session, and the buttons that place and release one. For admins; others see nothing. */
export function Hold ({ session: { id, userId, attemptId } }: Pick<Review, 'session'>) {
  const me = query.useQuery('get', '/api/v1/auth/me')
  const isAdmin = me.data?.role === 'admin'
  const found = query.useQuery(
    'get', PATH, { params: { query: { userId, isActive: true, limit: HOLDS_MAX } } }, { enabled: isAdmin, staleTime: 0 })
  const [asked, setAsked] = useState<Asked>()
  if (!isAdmin || found.data === undefined) return null
  const covering = found.data.holds.filter(hold =>
    hold.sessionId === id || (hold.attemptId !== null && hold.attemptId === attemptId) ||
    (hold.sessionId === null && hold.attemptId === null))
  const free = (['session', 'attempt'] as const).filter(what => what === 'session'
    ? !covering.some(({ sessionId }) => sessionId !== null)
    : attemptId !== null && !covering.some(hold => hold.attemptId !== null))
  const act = async (reason: string) => {
    if (asked === undefined) return
    if ('release' in asked) {
      await api.POST('/api/v1/admin/holds/{holdId}/release', {
        params: { path: { holdId: asked.release } }, body: { reason }
      })
    } else {
      const targetId = asked.place === 'session' ? id : attemptId ?? id
      await api.POST(PATH, { body: { targetType: asked.place, targetId, reason } })
    }
    await found.refetch()
  }
  const words = asked === undefined ? undefined : 'release' in asked ? 'holdRelease' as const : `hold.${asked.place}` as const
  return (
    <Stack gap='xs' component='section' aria-label={t('holds')}>
      {covering.map(({ id: holdId, sessionId, attemptId: ofAttempt, reason, placedAtMs, placedByName }) => (
        <Alert key={holdId} variant='outline' color='blue' title={t('held')}>
          <Stack gap='xs' align='flex-start'>
            <Text>{t(sessionId !== null ? 'heldSession' : ofAttempt !== null ? 'heldAttempt' : 'heldPerson')}</Text>
            <Text style={{ overflowWrap: 'anywhere' }}>{reason}</Text>
            <Text size='sm' c='dimmed'>
              {t('heldBy', { time: dateTime(placedAtMs), name: placedByName ?? t('someone') })}
            </Text>
            <Button size='xs' variant='default' onClick={() => setAsked({ release: holdId })}>{t('holdRelease')}</Button>
          </Stack>
        </Alert>
      ))}
      <Group gap='xs'>
        {free.map(what => (
          <Button key={what} size='xs' variant='default' onClick={() => setAsked({ place: what })}>
            {t(`hold.${what}`)}
          </Button>
        ))}
      </Group>
      {words !== undefined && (
        <ReasonDialog
          title={t(words)} what={t(`${words}What`)} action={t(words)} onConfirm={act} onClose={() => setAsked(undefined)}
        />
      )}
    </Stack>
  )
}
