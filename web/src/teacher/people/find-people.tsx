import { Button, Group, Stack, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import type { Student } from '../types.ts'
import { t } from './text.ts'

interface Props {
  readonly assigned: ReadonlySet<string>
  readonly isBusy: boolean
  onAssign (ids: readonly string[]): void
  onGrant (student: Student): void
}

/** Finds students by name or address. */
export function FindPeople ({ assigned, isBusy, onAssign, onGrant }: Props) {
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed.trim(), 300)
  const found = query.useQuery('get', '/api/v1/users', {
    params: { query: { role: 'student', limit: 20, ...(search !== '' && { search }) } }
  })
  return (
    <Stack>
      <TextInput
        type='search' label={t('search')} description={t('searchWhat')} value={typed} data-autofocus
        onChange={event => setTyped(event.currentTarget.value)}
      />
      <Loaded query={found}>
        {({ users, next }) => users.length === 0
          ? <Text>{t('nobodyFound')}</Text>
          : (
            <>
              <Table verticalSpacing='xs'>
                <Table.Tbody>
                  {users.map(student => (
                    <Table.Tr key={student.id}>
                      <Table.Td>
                        <Text size='sm' fw={600}>{student.name}</Text>
                        <Text size='sm' c='dimmed'>{student.email}</Text>
                      </Table.Td>
                      <Table.Td>
                        <Group gap='xs' justify='flex-end'>
                          <Button
                            size='compact-sm' variant='subtle' onClick={() => onGrant(student)}
                            aria-label={t('grantTitle', { name: student.name })}
                          >
                            {t('accommodation')}
                          </Button>
                          <Button
                            size='compact-sm' variant='default' disabled={isBusy || assigned.has(student.id)}
                            onClick={() => onAssign([student.id])}
                            {...(!assigned.has(student.id) && { 'aria-label': t('assignName', { name: student.name }) })}
                          >
                            {t(assigned.has(student.id) ? 'isAssigned' : 'assign')}
                          </Button>
                        </Group>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              {next !== null && <Text size='sm' c='dimmed'>{t('moreFound')}</Text>}
            </>
            )}
      </Loaded>
    </Stack>
  )
}
