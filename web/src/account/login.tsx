import { Alert, Anchor, Button, Group, Paper, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { Link, Redirect, useSearchParams } from 'wouter'
import { hasLoginEnded, logIn } from '../api/login.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { Problem } from '../shared/problem.tsx'
import { t } from '../text/index.ts'
import { FirstRunNote } from './first-run-note.tsx'
import { useNext } from './next.ts'

/** Log in with a password; from here also by face, or to a new account. */
export function LoginPage () {
  const [search] = useSearchParams()
  const goOn = useNext()
  const [email, setEmail] = useState(search.get('email') ?? '')
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setIsBusy(true)
    setError(undefined)
    logIn(email, String(new FormData(event.currentTarget).get('password'))).then(goOn, (error: Error) => {
      setError(error)
      setIsBusy(false)
    })
  }
  if (search.has('invitation') && !search.has('email')) return <Redirect to={`/signup?${search}`} replace />
  return (
    <Paper withBorder p='lg' maw={440} mx='auto' mt='md'>
      <PageTitle>{t('logIn')}</PageTitle>
      <Text c='dimmed' size='sm' mb='md'>{t('whatThisIs')}</Text>
      {hasLoginEnded() && <Alert role='status' variant='outline' color='blue' mb='md'>{t('wasLoggedOut')}</Alert>}
      <FirstRunNote />
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('email')} name='email' type='email' autoComplete='username' required withAsterisk={false}
            value={email} onChange={event => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('password')} name='password' autoComplete='current-password' required withAsterisk={false}
            visibilityToggleButtonProps={{ 'aria-label': t('showTyped'), tabIndex: 0 }}
          />
          {error !== undefined && <Problem error={error} />}
          <Button type='submit' loading={isBusy} fullWidth>{t('logIn')}</Button>
          <Group justify='space-between'>
            <Anchor component={Link} href={`/login/face?${new URLSearchParams({ ...Object.fromEntries(search), email })}`}>
              {t('faceLogin')}
            </Anchor>
            <Anchor component={Link} href={`/signup?${search}`}>{t('newHere')}</Anchor>
          </Group>
          <Anchor component={Link} href='/privacy' size='sm'>{t('nav.privacy')}</Anchor>
        </Stack>
      </form>
    </Paper>
  )
}
