import { Anchor, Button, Group, Select, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useState } from 'react'
import { Link } from 'wouter'
import { api, dataOf } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { date } from '../text/format.ts'
import { t as common } from '../text/index.ts'
import { AdminPage } from './admin-page.tsx'
import classes from './admin.module.css'
import { Invite } from './invite.tsx'
import { Invitations } from './invitations.tsx'
import { Mark } from './mark.tsx'
import { More } from './more.tsx'
import { t } from './text.ts'
import { useFilter } from './use-filter.ts'
import { given, usePages } from './use-pages.ts'

const ROLES = ['student', 'teacher', 'admin'] as const

/** Every account, newest first, and the invitations that are still open. */
export default function PeoplePage () {
  const { values, set, isSet } = useFilter('search', 'role')
  const [isInviting, setIsInviting] = useState(false)
  const look = useDebouncedCallback((text: string) => set('search', text), 300)
  const filter = given({ search: values.search, role: ROLES.find(role => role === values.role) })
  const found = usePages('/api/v1/users', filter, async before =>
    await dataOf(api.GET('/api/v1/users', { params: { query: { limit: 50, ...filter, ...before } } })))
  return (
    <AdminPage title={t('page.people')} aside={<Button onClick={() => setIsInviting(true)}>{t('invite')}</Button>}>
      <Group mb='md' align='flex-end'>
        <TextInput
          type='search' label={t('searchPeople')} defaultValue={values.search} w={300} maw='100%'
          onChange={event => look(event.currentTarget.value)}
        />
        <Select
          label={t('column.role')} clearable placeholder={t('all')} w={190} value={values.role || null}
          onChange={value => set('role', value)}
          data={ROLES.map(value => ({ value, label: common(`role.${value}`) }))}
        />
      </Group>
      <Loaded query={found}>
        {({ pages }) => {
          const people = pages.flatMap(({ users }) => users)
          return (
            <More query={found} isEmpty={people.length === 0} empty={t(isSet ? 'noneFound' : 'noPeople')}>
              <Table className={classes['rows']} verticalSpacing='xs' highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    {(['person', 'role', 'state', 'since'] as const).map(name => (
                      <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {people.map(person => (
                    <Table.Tr key={person.id}>
                      <Table.Td>
                        <Anchor component={Link} href={`/admin/people/${person.id}`} fw={600}>{person.name}</Anchor>
                        <Text size='sm' c='dimmed' className={classes['break'] ?? ''}>{person.email}</Text>
                      </Table.Td>
                      <Table.Td><Text size='sm'>{common(`role.${person.role}`)}</Text></Table.Td>
                      <Table.Td>
                        {person.disabledAtMs === null
                          ? <Mark tone='well'>{t('enabled')}</Mark>
                          : <Mark tone='notable'>{t('disabled')}</Mark>}
                      </Table.Td>
                      <Table.Td><Text size='sm'>{date(person.createdAtMs)}</Text></Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </More>
          )
        }}
      </Loaded>
      <Invitations />
      {isInviting && <Invite onClose={() => setIsInviting(false)} />}
    </AdminPage>
  )
}
