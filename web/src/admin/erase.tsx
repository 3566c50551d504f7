import { Alert, List, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { api, query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { number } from '../text/format.ts'
import { Confirm } from '../shared/confirm.tsx'
import { t } from './text.ts'
import type { Erasure, Person } from './types.ts'

/** Erases an account in two steps: what will go is listed, and the address is typed. */
export function Erase ({ user, onClose }: { readonly user: Person, onClose (): void }) {
  const client = useQueryClient()
  const [, navigate] = useLocation()
  const [typed, setTyped] = useState('')
  const params = { path: { userId: user.id } }
  const preview = query.useQuery('get', '/api/v1/users/{userId}/erasure', { params }, { staleTime: 0 })
  const held = query.useQuery('get', '/api/v1/admin/holds', {
    params: { query: { isActive: true, userId: user.id, limit: 1 } }
  }, { staleTime: 0 })
  const isHeld = (held.data?.holds.length ?? 0) > 0
  const erase = async () => {
    await api.DELETE('/api/v1/users/{userId}', { params })
    navigate('/admin/people')
    await client.invalidateQueries({ queryKey: ['get', '/api/v1/users'] })
  }
  return (
    <Confirm
      title={t('eraseTitle', { name: user.name })} action={t('eraseYes')} isDangerous
      isDisabled={isHeld || preview.data === undefined || typed.trim().toLowerCase() !== user.email.toLowerCase()}
      onConfirm={erase} onClose={onClose}
    >
      {isHeld && <Alert role='status' variant='outline' color='orange'>{t('eraseHeld')}</Alert>}
      <Loaded query={preview}>{data => <Lists erasure={data} />}</Loaded>
      <TextInput
        label={t('eraseType')} description={user.email} autoComplete='off' value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
      />
    </Confirm>
  )
}

function Lists ({ erasure: { erased, kept } }: { readonly erasure: Erasure }) {
  const going = Object.entries(erased).filter(([, count]) => count > 0) as Array<[keyof Erasure['erased'], number]>
  const staying = Object.entries(kept).filter(([, count]) => count > 0) as Array<[keyof Erasure['kept'], number]>
  return (
    <Stack gap='xs'>
      <Text>{t('eraseGoes')}</Text>
      <List size='sm'>
        <List.Item>{t('erased.account')}</List.Item>
        {going.map(([kind, count]) => <List.Item key={kind}>{t(`erased.${kind}`, { count: number(count) })}</List.Item>)}
      </List>
      {staying.length > 0 && (
        <>
          <Text>{t('eraseStays')}</Text>
          <List size='sm'>
            {staying.map(([kind, count]) => <List.Item key={kind}>{t(`kept.${kind}`, { count: number(count) })}</List.Item>)}
          </List>
        </>
      )}
      <Text fw={600}>{t('eraseForever')}</Text>
    </Stack>
  )
}
