import { Anchor, Button, Group, Select, Table, Text, TextInput } from '@mantine/core'
import { Link } from 'wouter'
import { api, dataOf, query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { dateTime, duration, number } from '../text/format.ts'
import { t as common, useLanguage } from '../text/index.ts'
import { AdminPage } from './admin-page.tsx'
import classes from './admin.module.css'
import { Mark, type Tone } from './mark.tsx'
import { More } from './more.tsx'
import { t } from './text.ts'
import type { LogEntry } from './types.ts'
import { dayMs, useFilter } from './use-filter.ts'
import { given, usePages } from './use-pages.ts'

/** Every event, newest first. */
export default function EventsPage () {
  const language = useLanguage()
  const { values, set, clear, isSet } = useFilter('kind', 'day', 'sessionId', 'userId')
  const filter = given({
    kind: values.kind,
    sessionId: values.sessionId,
    userId: values.userId,
    ...dayMs(values.day)
  })
  const rules = query.useQuery('get', '/api/v1/policy/rules', { params: { query: { lang: language } } })
  const found = usePages('/api/v1/events', { ...filter, language }, async before =>
    await dataOf(api.GET('/api/v1/events', { params: { query: { limit: 100, ...filter, ...before } } })))
  return (
    <AdminPage title={t('page.events')}>
      <Group mb='md' align='flex-end'>
        <Select
          label={t('kind')} clearable searchable placeholder={t('all')} w={320} maw='100%' value={values.kind || null}
          onChange={value => set('kind', value)} nothingFoundMessage={t('noneFound')}
          data={rules.data?.rules.map(({ kind, title }) => ({ value: kind as string, label: title })) ?? []}
        />
        <TextInput
          type='date' label={t('day')} value={values.day} onChange={event => set('day', event.currentTarget.value)}
        />
        {values.sessionId !== '' && <Text size='sm' pb={8}>{t('ofOneSession')}</Text>}
        {isSet && <Button variant='subtle' onClick={clear}>{t('clear')}</Button>}
      </Group>
      <Loaded query={found}>
        {({ pages }) => {
          const events = pages.flatMap(({ events }) => events)
          return (
            <More query={found} isEmpty={events.length === 0} empty={t(isSet ? 'noneFound' : 'noEvents')}>
              <Table className={classes['rows']} verticalSpacing='xs' highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    {(['time', 'event', 'severity', 'person', 'session'] as const).map(name => (
                      <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>{events.map(entry => <EventRow key={entry.id} entry={entry} />)}</Table.Tbody>
              </Table>
            </More>
          )
        }}
      </Loaded>
    </AdminPage>
  )
}

const TONES: Readonly<Record<LogEntry['severity'], Tone>> = {
  info: 'quiet', low: 'quiet', medium: 'notable', high: 'serious'
}

function EventRow ({ entry }: { readonly entry: LogEntry }) {
  const isTechnical = entry.class === 'technical'
  return (
    <Table.Tr>
      <Table.Td className={classes['noBreak'] ?? ''}>{dateTime(entry.time)}</Table.Td>
      <Table.Td>
        <Text size='sm' fw={600}>{entry.event}</Text>
        {entry.durationMs !== undefined && (
          <Text size='sm' c='dimmed'>{t('lasted', { time: duration(entry.durationMs) })}</Text>
        )}
      </Table.Td>
      <Table.Td>
        <Mark tone={isTechnical ? 'technical' : TONES[entry.severity]}>
          {common(isTechnical ? 'tone.technical' : `tone.${entry.severity}`)}
        </Mark>
        {entry.weight !== undefined && entry.weight > 0 && (
          <Text size='sm' c='dimmed'>{t('weight', { count: number(entry.weight, 1) })}</Text>
        )}
      </Table.Td>
      <Table.Td>
        {entry.userId !== undefined && (
          <Anchor component={Link} size='sm' href={`/admin/people/${entry.userId}`}>
            {entry.userName ?? t('erasedAccount')}
          </Anchor>
        )}
      </Table.Td>
      <Table.Td>
        <Anchor component={Link} size='sm' href={`/admin/events?sessionId=${entry.sessionId}`}>{t('itsEvents')}</Anchor>
      </Table.Td>
    </Table.Tr>
  )
}
