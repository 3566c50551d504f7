import { Anchor, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { number } from '../text/format.ts'
import { AdminPage } from './admin-page.tsx'
import classes from './admin.module.css'
import { t } from './text.ts'
import { Warnings } from './today.tsx'
import type { System } from './types.ts'

/** Versions, models and settings of the server that answers. */
export default function SystemPage () {
  const system = query.useQuery('get', '/api/v1/admin/system', {})
  return (
    <AdminPage title={t('page.system')}>
      <Loaded query={system}>{data => <Parts system={data} />}</Loaded>
    </AdminPage>
  )
}

function Parts ({ system }: { readonly system: System }) {
  const { version, node, platform, uptimeSeconds, database, redis, workers, models, settings, warnings } = system
  const hours = Math.floor(uptimeSeconds / 3600)
  const minutes = Math.floor(uptimeSeconds / 60) % 60
  const facts = [
    [t('version'), version],
    ['Node', `${node}, ${platform}`],
    [t('uptime'), t('hoursMinutes', { hours: number(hours), minutes: number(minutes) })],
    [t('database'), `${database.dialect}: ${t(database.isOk && !database.isWritingLate ? 'databaseWell' : 'databaseLate')}`],
    ['Redis', redis === null ? t('noRedis') : t(redis.isOk ? 'connected' : 'notConnected')],
    [t('workers'), t('of', { count: number(workers.ready), all: number(workers.wanted) })]
  ] as const
  return (
    <Stack gap='lg'>
      <Warnings warnings={warnings} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <section className={classes['card']} aria-labelledby='server'>
          <Title order={2} id='server' mb='xs'>{t('server')}</Title>
          <Table withRowBorders={false} verticalSpacing={4}>
            <Table.Tbody>
              {facts.map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th scope='row' fw={400} c='dimmed'>{name}</Table.Th>
                  <Table.Td className={classes['break'] ?? ''}>{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Group mt='sm'>
            <Anchor href='/docs'>{t('apiDocs')}</Anchor>
            <Anchor href='/redoc'>{t('apiReference')}</Anchor>
          </Group>
        </section>
        <section className={classes['card']} aria-labelledby='models'>
          <Title order={2} id='models' mb='xs'>{t('models')}</Title>
          {models.length === 0 && <Text>{t('modelsLoading')}</Text>}
          <Table withRowBorders={false} verticalSpacing={4}>
            <Table.Tbody>
              {models.map(({ name, version }) => (
                <Table.Tr key={name}>
                  <Table.Th scope='row' fw={400} c='dimmed'>{name}</Table.Th>
                  <Table.Td className={classes['break'] ?? ''}>{version}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      </SimpleGrid>
      <section aria-labelledby='settings'>
        <Title order={2} id='settings' mb='xs'>{t('settings')}</Title>
        <Text size='sm' c='dimmed' mb='sm'>{t('settingsWhat')}</Text>
        <Table className={classes['rows']} verticalSpacing='xs'>
          <Table.Thead>
            <Table.Tr>
              {(['name', 'value', 'meaning'] as const).map(name => (
                <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {settings.map(({ name, value, isSet, description }) => (
              <Table.Tr key={name}>
                <Table.Th scope='row' fw={isSet ? 700 : 400}><code>{name}</code></Table.Th>
                <Table.Td className={classes['break'] ?? ''} miw={150}>
                  {value ?? t(isSet ? 'secretSet' : 'secretUnset')}
                  {value === '' && <Text size='sm' c='dimmed'>{t('empty')}</Text>}
                </Table.Td>
                <Table.Td lang='en'><Text size='sm' c='dimmed'>{description.replaceAll('`', '')}</Text></Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
    </Stack>
  )
}
