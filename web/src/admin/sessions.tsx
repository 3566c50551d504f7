import { Button, Group, Select, TextInput } from '@mantine/core'
import { api, dataOf } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { t as common } from '../text/index.ts'
import { AdminPage } from './admin-page.tsx'
import { More } from './more.tsx'
import { SessionRows } from './session-rows.tsx'
import { t } from './text.ts'
import { dayMs, useFilter } from './use-filter.ts'
import { given, usePages } from './use-pages.ts'

const STATES = ['open', 'active', 'paused', 'stopped', 'terminated'] as const
const RISKS = ['Low', 'Medium', 'High'] as const

/** Every session, newest first. */
export default function SessionsPage () {
  const { values, set, clear, isSet } = useFilter('state', 'riskLevel', 'day', 'userId', 'examId')
  const filter = given({
    state: STATES.find(state => state === values.state),
    riskLevel: RISKS.find(level => level === values.riskLevel),
    userId: values.userId,
    examId: values.examId,
    ...dayMs(values.day)
  })
  const found = usePages('/api/v1/sessions', filter, async before =>
    await dataOf(api.GET('/api/v1/sessions', { params: { query: { limit: 50, ...filter, ...before } } })))
  return (
    <AdminPage title={t('page.sessions')}>
      <Group mb='md' align='flex-end'>
        <Select
          label={t('column.state')} clearable placeholder={t('all')} w={200} value={values.state || null}
          onChange={value => set('state', value)}
          data={STATES.map(value => ({ value, label: value === 'open' ? t('open') : common(`state.${value}`) }))}
        />
        <Select
          label={t('riskLevel')} clearable placeholder={t('all')} w={160} value={values.riskLevel || null}
          onChange={value => set('riskLevel', value)}
          data={RISKS.map(value => ({ value, label: t(`riskLevel.${value}`) }))}
        />
        <TextInput
          type='date' label={t('day')} value={values.day} onChange={event => set('day', event.currentTarget.value)}
        />
        {isSet && <Button variant='subtle' onClick={clear}>{t('clear')}</Button>}
      </Group>
      <Loaded query={found}>
        {({ pages }) => {
          const sessions = pages.flatMap(({ sessions }) => sessions)
          return (
            <More query={found} isEmpty={sessions.length === 0} empty={t(isSet ? 'noneFound' : 'noSessions')}>
              <SessionRows sessions={sessions} />
            </More>
          )
        }}
      </Loaded>
    </AdminPage>
  )
}
