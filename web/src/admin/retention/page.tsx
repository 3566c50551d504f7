import { Anchor, Stack, Table, Text, Title } from '@mantine/core'
import { Link } from 'wouter'
import type { paths } from '../../api/schema.d.ts'
import { query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { dateTime, number } from '../../text/format.ts'
import { AdminPage } from '../admin-page.tsx'
import classes from '../admin.module.css'
import { Mark } from '../mark.tsx'
import { t as admin } from '../text.ts'
import { Holds } from './holds.tsx'
import { t } from './text.ts'

type Retention = paths['/api/v1/admin/retention']['get']['responses'][200]['content']['application/json']

const DAYS = ['recording', 'dismissed', 'confirmed', 'records', 'audit'] as const
const COLUMNS = ['when', 'class', 'who', 'exam', 'files'] as const

/** For how long things are kept, what is deleted next, and what is held. */
export default function RetentionPage () {
  const found = query.useQuery('get', '/api/v1/admin/retention', {})
  return (
    <AdminPage title={admin('page.retention')}>
      <Text mb='md' c='dimmed'>{t('what')}</Text>
      <Stack gap='lg'>
        <Loaded query={found}>{retention => <><Days days={retention.days} /><Due retention={retention} /></>}</Loaded>
        <Holds />
      </Stack>
    </AdminPage>
  )
}

function Days ({ days }: { readonly days: Retention['days'] }) {
  return (
    <section className={classes['card']} aria-labelledby='days'>
      <Title order={2} id='days' mb='xs'>{t('days')}</Title>
      <Table withRowBorders={false} verticalSpacing={4}>
        <Table.Tbody>
          {DAYS.map(name => (
            <Table.Tr key={name}>
              <Table.Th scope='row' fw={400} c='dimmed'>{t(`class.${name}`)}</Table.Th>
              <Table.Td>{t('count', { days: number(days[`${name}Days`]) })} {t(`from.${name}`)}</Table.Td>
            </Table.Tr>
          ))}
          <Table.Tr>
            <Table.Th scope='row' fw={400} c='dimmed'>{t('class.face')}</Table.Th>
            <Table.Td>{t(`face.${days.face}`)}</Table.Td>
          </Table.Tr>
        </Table.Tbody>
      </Table>
    </section>
  )
}

function Due ({ retention: { due, isMore } }: { readonly retention: Retention }) {
  return (
    <section aria-labelledby='due'>
      <Title order={2} id='due' mb='sm'>{t('due')}</Title>
      {due.length === 0
        ? <Text className={classes['empty']}>{t('noDue')}</Text>
        : (
          <Table className={classes['rows']} verticalSpacing='xs'>
            <Table.Thead>
              <Table.Tr>{COLUMNS.map(name => <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>)}</Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {due.map(item => (
                <Table.Tr key={`${item.class} ${item.sessionId}`}>
                  <Table.Td>
                    {item.isHeld ? <Mark tone='notable'>{t('held')}</Mark> : dateTime(item.dueAtMs)}
                  </Table.Td>
                  <Table.Td>{t(`class.${item.class}`)}</Table.Td>
                  <Table.Td>
                    <Anchor component={Link} href={`/admin/people/${item.userId}`}>{item.userName}</Anchor>
                  </Table.Td>
                  <Table.Td data-label={t('column.exam')}>{item.examTitle ?? t('noExam')}</Table.Td>
                  <Table.Td data-label={t('column.files')}>{item.class === 'records' ? '–' : number(item.count)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          )}
      {isMore && <Text size='sm' mt='xs'>{t('isMore')}</Text>}
    </section>
  )
}
