import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { api, dataOf } from '../api/client.ts'
import { Problem } from '../shared/problem.tsx'
import { t as common } from '../text/index.ts'
import { LinkToCopy } from './link-to-copy.tsx'
import { t } from './text.ts'

const ROLES = ['student', 'teacher', 'admin'] as const
const DAY_HOURS = 24

/** Makes an invitation and shows its link, which is told only once. */
export function Invite ({ onClose }: { onClose (): void }) {
  const client = useQueryClient()
  const [role, setRole] = useState<typeof ROLES[number]>('student')
  const [email, setEmail] = useState('')
  const [uses, setUses] = useState<number | string>(1)
  const [days, setDays] = useState<number | string>(7)
  const [isBusy, setIsBusy] = useState(false)
  const [link, setLink] = useState<string>()
  const [error, setError] = useState<Error>()
  const isForMany = role === 'student' && email === ''

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setIsBusy(true)
    setError(undefined)
    dataOf(api.POST('/api/v1/invitations', {
      body: {
        role,
        expiresInHours: Number(days) * DAY_HOURS,
        ...(email !== '' && { email }),
        ...(isForMany && { usesMax: Number(uses) })
      }
    })).then(made => {
      setLink(made.link)
      return client.invalidateQueries({ queryKey: ['get', '/api/v1/invitations'] })
    }).catch((error: Error) => setError(error)).finally(() => setIsBusy(false))
  }
  return (
    <Modal opened onClose={onClose} title={t('invite')} closeButtonProps={{ 'aria-label': t('cancel') }} centered>
      {link === undefined
        ? (
          <form onSubmit={submit}>
            <Stack>
              <Select
                label={t('column.role')} value={role} allowDeselect={false}
                onChange={value => setRole(ROLES.find(one => one === value) ?? 'student')}
                data={ROLES.map(value => ({ value, label: common(`role.${value}`) }))}
              />
              <TextInput
                type='email' label={t('inviteEmail')} description={t('inviteEmailWhy')} value={email}
                onChange={event => setEmail(event.currentTarget.value)}
              />
              {isForMany && (
                <NumberInput
                  label={t('inviteUses')} description={t('inviteUsesWhy')} min={1} max={1000} allowDecimal={false}
                  value={uses} onChange={setUses}
                />
              )}
              <NumberInput label={t('inviteDays')} min={1} max={90} allowDecimal={false} value={days} onChange={setDays} />
              {error !== undefined && <Problem error={error} />}
              <Group justify='flex-end'>
                <Button variant='default' onClick={onClose}>{t('cancel')}</Button>
                <Button type='submit' loading={isBusy}>{t('inviteMake')}</Button>
              </Group>
            </Stack>
          </form>
          )
        : (
          <Stack>
            <Text>{t('inviteMade')}</Text>
            <LinkToCopy link={link} />
            <Group justify='flex-end'><Button onClick={onClose}>{t('done')}</Button></Group>
          </Stack>
          )}
    </Modal>
  )
}
