import { Button, Table, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, dataOf } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { Problem } from '../../shared/problem.tsx'
import { dateTime, number } from '../../text/format.ts'
import classes from '../admin.module.css'
import { Mark } from '../mark.tsx'
import { More } from '../more.tsx'
import { usePages } from '../use-pages.ts'
import { t } from './text.ts'

/** How often the list is read again while it is open: a message that waits is sent meanwhile. */
const AGAIN_MS = 10_000
const TONES = { waiting: 'quiet', done: 'well', failed: 'serious' } as const
const COLUMNS = ['time', 'type', 'state', 'tries', 'answer', 'actions'] as const

/** What was sent to one endpoint, newest first. */
export function Deliveries ({ webhookId }: { readonly webhookId: string }) {
  const client = useQueryClient()
  const [error, setError] = useState<Error>()
  const found = usePages('/api/v1/webhooks', { webhookId }, async before =>
    await dataOf(api.GET('/api/v1/webhooks/{webhookId}/deliveries', {
      params: { path: { webhookId }, query: { limit: 20, ...before } }
    })), AGAIN_MS)
  const again = async (deliveryId: string) => {
    setError(undefined)
    await api.POST('/api/v1/webhooks/deliveries/{deliveryId}/redeliver', { params: { path: { deliveryId } } })
    await client.invalidateQueries({ queryKey: ['get', '/api/v1/webhooks'] })
  }
  return (
    <>
      {error !== undefined && <Problem error={error} />}
      <Loaded query={found}>
        {({ pages }) => {
          const rows = pages.flatMap(({ deliveries }) => deliveries)
          return (
            <More query={found} isEmpty={rows.length === 0} empty={t('noDeliveries')}>
              <Table className={classes['rows']} verticalSpacing='xs'>
                <Table.Thead>
                  <Table.Tr>{COLUMNS.map(name => <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>)}</Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {rows.map(({ id, createdAtMs, type, state, attempts, nextAtMs, status, error }) => (
                    <Table.Tr key={id}>
                      <Table.Td>{dateTime(createdAtMs)}</Table.Td>
                      <Table.Td><code>{type}</code></Table.Td>
                      <Table.Td>
                        <Mark tone={TONES[state]}>{t(`state.${state}`)}</Mark>
                        {state === 'waiting' && attempts > 0 && nextAtMs !== null && (
                          <Text size='sm' c='dimmed'>{t('nextTry', { time: dateTime(nextAtMs) })}</Text>
                        )}
                      </Table.Td>
                      <Table.Td data-label={t('column.tries')}>{number(attempts)}</Table.Td>
                      <Table.Td data-label={t('column.answer')}>{status !== null ? String(status) : error === null ? '–' : t('noAnswer', { error })}</Table.Td>
                      <Table.Td>
                        <Button size='xs' variant='default' onClick={() => { again(id).catch((error: Error) => setError(error)) }}>{t('again')}</Button>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </More>
          )
        }}
      </Loaded>
    </>
  )
}
