import { Button, Group, SegmentedControl, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { download } from '../shared/download.ts'
import { Problem } from '../shared/problem.tsx'
import { AdminPage } from './admin-page.tsx'
import classes from './admin.module.css'
import { t } from './text.ts'
import { dayMs } from './use-filter.ts'

type Table = 'sessions' | 'events' | 'results'
type Format = 'csv' | 'json'

/** Tables as files. */
export default function ExportsPage () {
  return (
    <AdminPage title={t('page.exports')}>
      <Text mb='md'>{t('exportsWhat')}</Text>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        {(['sessions', 'events', 'results'] as const).map(table => <Export key={table} table={table} />)}
      </SimpleGrid>
    </AdminPage>
  )
}

function Export ({ table }: { readonly table: Table }) {
  const [format, setFormat] = useState<Format>('csv')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const hasTime = table !== 'results'

  const save = () => {
    setIsBusy(true)
    setError(undefined)
    const search = new URLSearchParams({ format })
    const [first, last] = [dayMs(from), dayMs(to)]
    if (first !== undefined) search.set('fromMs', String(first.fromMs))
    if (last !== undefined) search.set('toMs', String(last.toMs))
    download(`/admin/export/${table}?${search}`, `${table}.${format}`)
      .catch((error: Error) => setError(error))
      .finally(() => setIsBusy(false))
  }
  return (
    <section className={classes['card']} aria-labelledby={`export-${table}`}>
      <Stack>
        <Title order={2} id={`export-${table}`}>{t(`export.${table}`)}</Title>
        <Text size='sm' c='dimmed'>{t(`export.${table}What`)}</Text>
        {hasTime && (
          <Group grow>
            <TextInput type='date' label={t('fromDay')} value={from} onChange={event => setFrom(event.currentTarget.value)} />
            <TextInput type='date' label={t('toDay')} value={to} onChange={event => setTo(event.currentTarget.value)} />
          </Group>
        )}
        <SegmentedControl
          aria-label={t('format')} value={format} onChange={value => setFormat(value === 'json' ? 'json' : 'csv')}
          data={[{ value: 'csv', label: 'CSV' }, { value: 'json', label: 'JSON' }]}
        />
        {error !== undefined && <Problem error={error} />}
        <Button loading={isBusy} onClick={save}>{t('save', { table: t(`export.${table}`) })}</Button>
      </Stack>
    </section>
  )
}
