import { Button, Table, Text, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, query } from '../api/client.ts'
import { dateTime, number } from '../text/format.ts'
import { t as common } from '../text/index.ts'
import classes from './admin.module.css'
import { Confirm } from '../shared/confirm.tsx'
import { t } from './text.ts'
import type { Invitation } from './types.ts'

/** Invitations that can still be used. */
export function Invitations () {
  const client = useQueryClient()
  const [revoked, setRevoked] = useState<Invitation>()
  const { data } = query.useQuery('get', '/api/v1/invitations', { params: { query: { limit: 100 } } })
  const open = data?.invitations.filter(({ revokedAtMs, uses, usesMax, expiresAtMs }) =>
    revokedAtMs === null && uses < usesMax && expiresAtMs > Date.now()) ?? []
  if (open.length === 0) return null
  return (
    <section aria-labelledby='invitations'>
      <Title order={2} id='invitations' mt='xl' mb='sm'>{t('invitations')}</Title>
      <Table className={classes['rows']} verticalSpacing='xs'>
        <Table.Thead>
          <Table.Tr>
            {(['role', 'for', 'uses', 'until', 'actions'] as const).map(name => (
              <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {open.map(invitation => (
            <Table.Tr key={invitation.id}>
              <Table.Td>{common(`role.${invitation.role}`)}</Table.Td>
              <Table.Td className={classes['break'] ?? ''}>{invitation.email ?? t('anyone')}</Table.Td>
              <Table.Td>{t('of', { count: number(invitation.uses), all: number(invitation.usesMax) })}</Table.Td>
              <Table.Td>{dateTime(invitation.expiresAtMs)}</Table.Td>
              <Table.Td>
                <Button size='xs' variant='default' onClick={() => setRevoked(invitation)}>{t('revoke')}</Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {revoked !== undefined && (
        <Confirm
          title={t('revokeTitle')} action={t('revoke')} onClose={() => setRevoked(undefined)}
          onConfirm={async () => {
            await api.DELETE('/api/v1/invitations/{invitationId}', { params: { path: { invitationId: revoked.id } } })
            await client.invalidateQueries({ queryKey: ['get', '/api/v1/invitations'] })
          }}
        >
          <Text>{t('revokeWhat')}</Text>
        </Confirm>
      )}
    </section>
  )
}
