import { Anchor, Button, Group, NativeSelect, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { PageTitle } from '../../shared/page-title.tsx'
import { dateTime, duration, number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { t } from './text.ts'

const SOURCES = ['camera', 'screen'] as const
export const STATES = ['writing', 'finalizing', 'ready', 'failed', 'deleted'] as const
type State = typeof STATES[number]
const PAGE = 25

/** Recordings, newest first. The filters stand in the address: `?state=ready&source=screen&exam=…&session=…`. */
export default function RecordingsPage () {
  useLanguage()
  const [search, setSearch] = useSearchParams()
  const state = STATES.find(name => name === search.get('state'))
  const source = SOURCES.find(name => name === search.get('source'))
  const filter = { state, source, examId: search.get('exam') ?? undefined, sessionId: search.get('session') ?? undefined }
  const choose = (name: 'source' | 'state', value: string) => setSearch(before => {
    if (value === '') before.delete(name)
    else before.set(name, value)
    return before
  })
  return (
    <Stack gap='lg'>
      <div>
        <PageTitle>{t('title')}</PageTitle>
        <Text c='dimmed'>{t('lead')}</Text>
      </div>
      <Group>
        <NativeSelect
          label={t('source')} value={source ?? ''} onChange={({ currentTarget: { value } }) => choose('source', value)}
          data={[{ value: '', label: t('any') }, ...SOURCES.map(value => ({ value, label: t(`source.${value}`) }))]}
        />
        <NativeSelect
          label={t('state')} value={state ?? ''} onChange={({ currentTarget: { value } }) => choose('state', value)}
          data={[{ value: '', label: t('any') }, ...STATES.map(value => ({ value, label: t(`state.${value}`) }))]}
        />
      </Group>
      <Rows key={search.toString()} filter={filter} />
    </Stack>
  )
}

interface Filter {
  readonly state: State | undefined
  readonly source: typeof SOURCES[number] | undefined
  readonly examId: string | undefined
  readonly sessionId: string | undefined
}

/** One page of the list, and the next below it when it is asked for. */
function Rows ({ filter, before }: { readonly filter: Filter, readonly before?: string }) {
  const [hasMore, setHasMore] = useState(false)
  const set = Object.fromEntries(Object.entries({ ...filter, before }).filter(([, value]) => value !== undefined))
  const page = query.useQuery('get', '/api/v1/recordings', {
    params: { query: { limit: PAGE, ...set } }
  }, { staleTime: 0 })
  return (
    <Loaded query={page}>
      {({ recordings, next }) => (
        <>
          {recordings.length === 0 && before === undefined && <Text role='status'>{t('empty')}</Text>}
          {recordings.length > 0 && (
            <Table.ScrollContainer minWidth={0}>
              <Table verticalSpacing='sm'>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope='col'>{t('candidate')}</Table.Th>
                    <Table.Th scope='col'>{t('began')}</Table.Th>
                    <Table.Th scope='col'>{t('length')}</Table.Th>
                    <Table.Th scope='col' visibleFrom='sm'>{t('size')}</Table.Th>
                    <Table.Th scope='col'>{t('state')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {recordings.map(({ id, userName, source, startedAtMs, durationMs, bytes, state }) => (
                    <Table.Tr key={id}>
                      <Table.Td>
                        <Anchor component={Link} href={`/recordings/${id}`}>{userName}</Anchor>
                        <Text size='sm' c='dimmed'>{t(`source.${source}`)}</Text>
                      </Table.Td>
                      <Table.Td>{dateTime(startedAtMs)}</Table.Td>
                      <Table.Td>{durationMs === null ? '' : duration(durationMs)}</Table.Td>
                      <Table.Td visibleFrom='sm'>{bytes === null ? '' : megabytes(bytes)}</Table.Td>
                      <Table.Td>{t(`state.${state}`)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
          {next !== null && (hasMore
            ? <Rows filter={filter} before={next} />
            : <Button variant='default' onClick={() => setHasMore(true)}>{t('more')}</Button>)}
        </>
      )}
    </Loaded>
  )
}

export const megabytes = (bytes: number): string => t('megabytes', { n: number(bytes / 1_000_000, 1) })
