import { Button, Group, PasswordInput, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState, type FormEvent } from 'react'
import { changePassword } from '../api/login.ts'
import { Problem } from '../shared/problem.tsx'
import { t as common } from '../text/index.ts'
import { Card } from './card.tsx'
import { t } from './text.ts'

/** A new password, by the one of now. */
export function OwnPassword ({ email }: { readonly email: string }) {
  const client = useQueryClient()
  const form = useRef<HTMLFormElement>(null)
  const [isBusy, setIsBusy] = useState(false)
  const [isSaved, setIsSaved] = useState(false)
  const [error, setError] = useState<Error>()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    setIsBusy(true)
    setIsSaved(false)
    setError(undefined)
    changePassword(String(fields.get('current')), String(fields.get('new'))).then(async () => {
      setIsSaved(true)
      form.current?.reset()
      await client.invalidateQueries({ queryKey: ['get', '/api/v1/auth/me/logins'] })
    }).catch((error: Error) => setError(error)).finally(() => setIsBusy(false))
  }
  const toggle = { 'aria-label': common('showTyped'), tabIndex: 0 }
  return (
    <Card title={common('password')}>
      <Text size='sm' c='dimmed'>{t('passwordWhat')}</Text>
      <form ref={form} onSubmit={submit}>
        <input type='text' name='username' autoComplete='username' value={email} readOnly hidden />
        <PasswordInput
          label={t('currentPassword')} name='current' autoComplete='current-password' required withAsterisk={false} mb='sm'
          visibilityToggleButtonProps={toggle}
        />
        <PasswordInput
          label={t('newPassword')} description={common('passwordRule')} name='new' autoComplete='new-password' required
          withAsterisk={false} minLength={8} mb='md' visibilityToggleButtonProps={toggle}
        />
        {error !== undefined && <Problem error={error} />}
        <Group>
          <Button type='submit' loading={isBusy}>{t('changePassword')}</Button>
          <Text role='status' size='sm'>{isSaved ? t('passwordChanged') : ''}</Text>
        </Group>
      </form>
    </Card>
  )
}
