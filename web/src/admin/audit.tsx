import { Anchor, Button, Group, Select, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { Fragment } from 'react'
import { Link } from 'wouter'
import { api, dataOf } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { dateTime } from '../text/format.ts'
import { AdminPage } from './admin-page.tsx'
import classes from './admin.module.css'
import { More } from './more.tsx'
import { t } from './text.ts'
import type { AuditEntry } from './types.ts'
import { useFilter } from './use-filter.ts'
import { given, usePages } from './use-pages.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TYPES = [
  'user', 'session', 'attempt', 'exam', 'recording', 'storyboard', 'evidence', 'invitation', 'webhook', 'export',
  'audit_log'
] as const

/** Who did what, newest first. */
export default function AuditPage () {
  const { values, set, clear, isSet } = useFilter('targetType', 'targetId', 'actorId')
  const filter = given(values)
  const look = useDebouncedCallback((name: 'targetId' | 'actorId', text: string) => set(name, text), 300)
  const found = usePages('/api/v1/admin/audit', filter, async before =>
    await dataOf(api.GET('/api/v1/admin/audit', { params: { query: { limit: 50, ...filter, ...before } } })))
  return (
    <AdminPage title={t('page.audit')}>
      <Text mb='md' c='dimmed'>{t('auditWhat')}</Text>
      <Group mb='md' align='flex-end'>
        <Select
          label={t('targetType')} clearable placeholder={t('all')} w={180} value={values.targetType || null}
          onChange={value => set('targetType', value)}
          data={TYPES.map(value => ({ value, label: t(`target.${value}`) }))}
        />
        <TextInput
          key={`target ${values.targetId}`} label={t('targetId')} defaultValue={values.targetId} w={300} maw='100%'
          onChange={event => look('targetId', event.currentTarget.value)}
        />
        {isSet && <Button variant='subtle' onClick={clear}>{t('clear')}</Button>}
      </Group>
      <Loaded query={found}>
        {({ pages }) => {
          const entries = pages.flatMap(({ entries }) => entries)
          return (
            <More query={found} isEmpty={entries.length === 0} empty={t(isSet ? 'noneFound' : 'noAudit')}>
              <Table className={classes['rows']} verticalSpacing='xs' highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    {(['time', 'action', 'by', 'about', 'details'] as const).map(name => (
                      <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>{entries.map(entry => <EntryRow key={entry.id} entry={entry} />)}</Table.Tbody>
              </Table>
            </More>
          )
        }}
      </Loaded>
    </AdminPage>
  )
}

function EntryRow ({ entry }: { readonly entry: AuditEntry }) {
  const { atMs, action, actorId, actorName, targetType, targetId, targetName, detail } = entry
  const details = Object.entries(detail as Record<string, unknown>)
  return (
    <Table.Tr>
      <Table.Td className={classes['noBreak'] ?? ''}>{dateTime(atMs)}</Table.Td>
      <Table.Td><code>{action}</code></Table.Td>
      <Table.Td>
        {actorId === null
          ? <Text size='sm'>{t('bySystem')}</Text>
          : actorName === null
            ? <Text size='sm'>{t('erasedAccount')} <code>{actorId.slice(-12)}</code></Text>
            : <Anchor component={Link} size='sm' href={`/admin/people/${actorId}`}>{actorName}</Anchor>}
      </Table.Td>
      <Table.Td>
        <Anchor
          component={Link} size='sm'
          href={targetType === 'user'
            ? `/admin/people/${targetId}`
            : `/admin/audit?${new URLSearchParams({ targetType, targetId })}`}
        >
          {typeName(targetType)} {targetName ?? <code>{targetId.slice(-12)}</code>}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <Text size='sm' className={classes['break'] ?? ''}>
          {details.map(([name, value], index) => (
            <Fragment key={name}>{index > 0 && '; '}<code>{name}</code> <Value name={name} value={value} /></Fragment>
          ))}
        </Text>
      </Table.Td>
    </Table.Tr>
  )
}

/** A text as somebody wrote it, a moment as a date, an id by its end; the rest as it is stored. */
function Value ({ name, value }: { readonly name: string, readonly value: unknown }) {
  if (value === null) return '–'
  if (typeof value === 'string') return UUID.test(value) ? <code title={value}>{value.slice(-12)}</code> : value
  if (typeof value === 'number' && name.endsWith('AtMs')) return dateTime(value)
  return <code>{JSON.stringify(value)}</code>
}

function typeName (type: string): string {
  const known = TYPES.find(name => name === type)
  return known === undefined ? type : t(`target.${known}`)
}
