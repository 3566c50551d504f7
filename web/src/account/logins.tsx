import { Button, Group, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, query } from '../api/client.ts'
import { logOutEverywhere } from '../api/login.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Problem } from '../shared/problem.tsx'
import { dateTime } from '../text/format.ts'
import { Card } from './card.tsx'
import { t } from './text.ts'

/** Where the person is logged in, with the way to end each login. */
export function Logins () {
  const client = useQueryClient()
  const found = query.useQuery('get', '/api/v1/auth/me/logins', {})
  const [isAsking, setIsAsking] = useState(false)
  const [error, setError] = useState<Error>()
  const act = (work: Promise<unknown>) => {
    setError(undefined)
    work.catch((error: Error) => setError(error))
  }
  const end = async (loginId: string) => {
    await api.DELETE('/api/v1/auth/me/logins/{loginId}', { params: { path: { loginId } } })
    await client.invalidateQueries({ queryKey: ['get', '/api/v1/auth/me/logins'] })
  }
  return (
    <Card title={t('logins')}>
      <Text size='sm' c='dimmed'>{t('loginsWhat')}</Text>
      {error !== undefined && <Problem error={error} />}
      <Loaded query={found}>
        {({ logins }) => (
          <Stack gap='xs' component='ul' p={0} m={0} style={{ listStyle: 'none' }}>
            {logins.map(({ id, device, startedAtMs, usedAtMs, isCurrent }) => (
              <Group key={id} component='li' justify='space-between' wrap='nowrap'>
                <div style={{ minWidth: 0 }}>
                  <Text fw={600}>{device ?? t('unknownDevice')}</Text>
                  <Text size='sm' c='dimmed'>{t('loginTimes', { since: dateTime(startedAtMs), used: dateTime(usedAtMs) })}</Text>
                </div>
                {isCurrent
                  ? <Text size='sm' flex='none'>{t('thisLogin')}</Text>
                  : (
                    <Button
                      size='xs' variant='default' flex='none' onClick={() => act(end(id))}
                      aria-label={t('endLoginOf', { device: device ?? t('unknownDevice') })}
                    >
                      {t('endLogin')}
                    </Button>
                    )}
              </Group>
            ))}
          </Stack>
        )}
      </Loaded>
      {isAsking
        ? (
          <Group role='group' aria-label={t('everywhere')}>
            <Text>{t('everywhereSure')}</Text>
            <Button variant='default' onClick={() => setIsAsking(false)}>{t('cancel')}</Button>
            <Button color='red.9' onClick={() => act(logOutEverywhere())}>{t('everywhereYes')}</Button>
          </Group>
          )
        : <Group><Button variant='default' onClick={() => setIsAsking(true)}>{t('everywhere')}</Button></Group>}
    </Card>
  )
}
