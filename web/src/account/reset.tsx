import { Alert, Anchor, Button, Paper, PasswordInput, Stack, Text } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { Link } from 'wouter'
import { api } from '../api/client.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { Problem } from '../shared/problem.tsx'
import { t as common } from '../text/index.ts'
import { t } from './text.ts'

/** Sets a new password by the link of an admin. The token stands behind `#`, which browsers do not send. */
export default function ResetPage () {
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token') ?? '')
  const [isBusy, setIsBusy] = useState(false)
  const [isDone, setIsDone] = useState(false)
  const [error, setError] = useState<Error>()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const newPassword = String(new FormData(event.currentTarget).get('password'))
    setIsBusy(true)
    setError(undefined)
    api.POST('/api/v1/auth/password/reset', { body: { token, newPassword } })
      .then(() => setIsDone(true), (error: Error) => setError(error))
      .finally(() => setIsBusy(false))
  }
  return (
    <Paper withBorder p='lg' maw={440} mx='auto' mt='md'>
      <PageTitle>{t('newPassword')}</PageTitle>
      {isDone
        ? (
          <Stack role='status'>
            <Text>{t('resetDone')}</Text>
            <Button component={Link} href='/login'>{common('logIn')}</Button>
          </Stack>
          )
        : token === ''
          ? <Alert variant='outline' color='orange'>{t('resetNoToken')}</Alert>
          : (
            <form onSubmit={submit}>
              <Stack>
                <Text size='sm' c='dimmed'>{t('resetWhat')}</Text>
                <PasswordInput
                  label={t('newPassword')} description={common('passwordRule')} name='password'
                  autoComplete='new-password' required withAsterisk={false} minLength={8}
                  visibilityToggleButtonProps={{ 'aria-label': common('showTyped'), tabIndex: 0 }}
                />
                {error !== undefined && <Problem error={error} />}
                <Button type='submit' loading={isBusy}>{t('setPassword')}</Button>
                <Anchor component={Link} href='/login'>{common('logIn')}</Anchor>
              </Stack>
            </form>
            )}
    </Paper>
  )
}
