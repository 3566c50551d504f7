import { Alert, Anchor, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { Link } from 'wouter'
import { query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { number } from '../text/format.ts'
import { AdminPage } from './admin-page.tsx'
import classes from './admin.module.css'
import { Mark } from './mark.tsx'
import { SessionRows } from './session-rows.tsx'
import { t } from './text.ts'
import type { System } from './types.ts'

const REFRESH_MS = 10_000
const SHOWN = 20

/** How this server is doing now, and who takes an exam. */
export default function TodayPage () {
  const system = query.useQuery('get', '/api/v1/admin/system', {}, { refetchInterval: REFRESH_MS })
  const sessions = query.useQuery(
    'get', '/api/v1/sessions', { params: { query: { state: 'open', limit: SHOWN } } }, { refetchInterval: REFRESH_MS }
  )
  return (
    <AdminPage title={t('page.today')}>
      <Stack gap='lg'>
        <Loaded query={system}>{data => <State system={data} />}</Loaded>
        <section aria-labelledby='running'>
          <Title order={2} id='running' mb='sm'>{t('running')}</Title>
          <Loaded query={sessions}>
            {({ sessions, next }) => sessions.length === 0
              ? <Text className={classes['empty']}>{t('noneRunning')}</Text>
              : (
                <Stack gap='sm'>
                  <SessionRows sessions={sessions} />
                  {next !== null && <Anchor component={Link} href='/admin/sessions?state=open'>{t('allRunning')}</Anchor>}
                </Stack>
                )}
          </Loaded>
        </section>
      </Stack>
    </AdminPage>
  )
}

function State ({ system }: { readonly system: System }) {
  const { sessionsOpen, workers, isAdmitting, isDraining, database, eventsWaiting, warnings } = system
  const percent = Math.round(workers.load * 100)
  return (
    <Stack>
      <Warnings warnings={warnings} />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <div className={classes['card']}>
          <Text size='sm' c='dimmed'>{t('sessionsOpen')}</Text>
          <div className={classes['fact']}>{number(sessionsOpen)}</div>
        </div>
        <div className={classes['card']}>
          <Text size='sm' c='dimmed' id='load'>{t('load')}</Text>
          <div className={classes['fact']}>{t('percent', { count: number(percent) })}</div>
          <Progress.Root mt={6}><Progress.Section value={percent} aria-labelledby='load' /></Progress.Root>
        </div>
        <div className={classes['card']}>
          <Text size='sm' c='dimmed'>{t('workers')}</Text>
          <div className={classes['fact']}>{t('of', { count: number(workers.ready), all: number(workers.wanted) })}</div>
          <Text size='sm'>{t('queued', { count: number(workers.queued) })}</Text>
        </div>
        <div className={classes['card']}>
          <Text size='sm' c='dimmed' mb={4}>{t('newSessions')}</Text>
          <Mark tone={isAdmitting ? 'well' : 'notable'}>
            {t(isDraining ? 'draining' : isAdmitting ? 'admitting' : 'notAdmitting')}
          </Mark>
          <Text size='sm' c='dimmed' mt='sm' mb={4}>{t('database')}</Text>
          <Mark tone={database.isOk && !database.isWritingLate ? 'well' : 'serious'}>
            {t(database.isOk && !database.isWritingLate ? 'databaseWell' : 'databaseLate')}
          </Mark>
          {eventsWaiting > 0 && <Text size='sm'>{t('eventsWaiting', { count: number(eventsWaiting) })}</Text>}
        </div>
      </SimpleGrid>
    </Stack>
  )
}

export function Warnings ({ warnings }: Pick<System, 'warnings'>) {
  if (warnings.length === 0) return <Mark tone='well'>{t('noWarnings')}</Mark>
  return (
    <Stack gap='xs' role='status'>
      {warnings.map(({ key, text }) => (
        <Alert key={key} variant='outline' color='orange' title={t('warning')} role='presentation'>{text}</Alert>
      ))}
    </Stack>
  )
}
