import { Group, SegmentedControl, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { useMemo } from 'react'
import { query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { date, dateTime, number } from '../text/format.ts'
import { t as common, useLanguage } from '../text/index.ts'
import { AdminPage } from './admin-page.tsx'
import classes from './admin.module.css'
import { Bars, Columns } from './bars.tsx'
import { t } from './text.ts'
import type { Statistics } from './types.ts'
import { useFilter } from './use-filter.ts'

const HOUR_MS = 3_600_000
const SPANS = { day: 24, week: 7 * 24, month: 30 * 24, year: 365 * 24 } as const
type Span = keyof typeof SPANS

/** Counts over time, as pictures and as tables. */
export default function StatisticsPage () {
  const language = useLanguage()
  const { values, set } = useFilter('span')
  const span: Span = values.span in SPANS ? values.span as Span : 'week'
  // The same for a whole hour, so that the answer is kept.
  const toMs = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS
  const every = span === 'day' ? 'hour' : 'day'
  const stats = query.useQuery('get', '/api/v1/admin/stats', {
    params: { query: { every, fromMs: toMs - SPANS[span] * HOUR_MS, toMs } }
  })
  const rules = query.useQuery('get', '/api/v1/policy/rules', { params: { query: { lang: language } } })
  const titles = useMemo(
    () => new Map(rules.data?.rules.map(({ kind, title }) => [kind as string, title])), [rules.data]
  )
  return (
    <AdminPage title={t('page.statistics')}>
      <SegmentedControl
        mb='md' aria-label={t('span')} value={span} onChange={value => set('span', value)}
        data={(Object.keys(SPANS) as Span[]).map(value => ({ value, label: t(`span.${value}`) }))}
      />
      <Loaded query={stats}>{data => <Pictures stats={data} every={every} titles={titles} />}</Loaded>
    </AdminPage>
  )
}

interface Props {
  readonly stats: Statistics
  readonly every: 'hour' | 'day'
  readonly titles: ReadonlyMap<string, string>
}

function Pictures ({ stats, every, titles }: Props) {
  const when = every === 'hour' ? dateTime : date
  const overTime = stats.overTime.map(({ atMs, sessions, incidents }) => ({ name: when(atMs), sessions, incidents }))
  const kinds = Object.entries(stats.eventsByKind)
    .map(([kind, count]) => ({ name: titles.get(kind) ?? kind, count }))
    .sort((a, b) => b.count - a.count)
  const count = (value: number) => number(value)
  return (
    <Stack gap='lg'>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <Facts
          title={t('people')}
          rows={(['student', 'teacher', 'admin'] as const).map(role => [common(`role.${role}`), stats.usersByRole[role]])}
        />
        <Facts
          title={t('page.sessions')}
          rows={(['active', 'paused', 'stopped', 'terminated'] as const).map(state => [
            common(`state.${state}`), stats.sessionsByState[state]
          ])}
        />
        <Facts
          title={t('riskLevel')}
          rows={[
            [t('riskLevel.Low'), stats.risk.low], [t('riskLevel.Medium'), stats.risk.medium],
            [t('riskLevel.High'), stats.risk.high]
          ]}
        />
      </SimpleGrid>
      <section className={classes['card']} aria-labelledby='over-time'>
        <Title order={2} id='over-time' mb='sm'>{t('overTime')}</Title>
        {overTime.length === 0
          ? <Text>{t('nothingInSpan')}</Text>
          : (
            <>
              <Columns
                points={overTime} series={[
                  { key: 'sessions', label: t('column.sessions') }, { key: 'incidents', label: t('column.incidents') }
                ]}
              />
              <Twin
                caption={t('overTime')} columns={[t('column.time'), t('column.sessions'), t('column.incidents')]}
                rows={overTime.map(({ name, sessions, incidents }) => [name, count(sessions), count(incidents)])}
              />
            </>
            )}
      </section>
      <section className={classes['card']} aria-labelledby='by-kind'>
        <Title order={2} id='by-kind' mb='sm'>{t('byKind')}</Title>
        {kinds.length === 0
          ? <Text>{t('nothingInSpan')}</Text>
          : (
            <>
              <Bars rows={kinds} />
              <Twin
                caption={t('byKind')} columns={[t('column.event'), t('column.incidents')]}
                rows={kinds.map(kind => [kind.name, count(kind.count)])}
              />
            </>
            )}
      </section>
    </Stack>
  )
}

function Facts ({ title, rows }: { readonly title: string, readonly rows: ReadonlyArray<readonly [string, number]> }) {
  return (
    <section className={classes['card']}>
      <Title order={2} mb='xs'>{title}</Title>
      {rows.map(([name, count]) => (
        <Group key={name} justify='space-between'><Text>{name}</Text><Text fw={700}>{number(count)}</Text></Group>
      ))}
    </section>
  )
}

interface TwinProps {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: ReadonlyArray<readonly string[]>
}

/** The numbers of a picture as a table, folded. */
function Twin ({ caption, columns, rows }: TwinProps) {
  return (
    <details>
      <summary>{t('asTable')}</summary>
      <Table mt='xs' verticalSpacing={4}>
        <caption className='mantine-visually-hidden'>{caption}</caption>
        <Table.Thead>
          <Table.Tr>{columns.map(name => <Table.Th key={name} scope='col'>{name}</Table.Th>)}</Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, index) => (
            <Table.Tr key={index}>{row.map((cell, at) => <Table.Td key={at}>{cell}</Table.Td>)}</Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </details>
  )
}
