import { Anchor, Button, FileInput, Paper, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { Link, useSearchParams } from 'wouter'
import { signUp } from '../api/login.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { Problem } from '../shared/problem.tsx'
import { t } from '../text/index.ts'
import { useNext } from './next.ts'

/** A new account, with the invitation in the page's address where there is one. */
export default function SignUpPage () {
  const [search] = useSearchParams()
  const goOn = useNext()
  const [face, setFace] = useState<File | null>(null)
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    setIsBusy(true)
    setError(undefined)
    signUp({
      name: text('name'),
      email: text('email'),
      password: text('password'),
      face: face ?? undefined,
      invitation: search.get('invitation') ?? undefined
    }).then(goOn, (error: Error) => {
      setError(error)
      setIsBusy(false)
    })
  }
  return (
    <Paper withBorder p='lg' maw={440} mx='auto' mt='md'>
      <PageTitle>{t('signUp')}</PageTitle>
      <form onSubmit={submit}>
        <Stack>
          <TextInput label={t('name')} name='name' autoComplete='name' required withAsterisk={false} maxLength={100} />
          <TextInput
            label={t('email')} name='email' type='email' autoComplete='username' required withAsterisk={false}
          />
          <PasswordInput
            label={t('password')} description={t('passwordRule')} name='password' autoComplete='new-password'
            required withAsterisk={false} minLength={8}
            visibilityToggleButtonProps={{ 'aria-label': t('showTyped'), tabIndex: 0 }}
          />
          <FileInput
            label={t('facePicture')} description={t('facePictureWhy')} placeholder={t('chooseFile')}
            accept='image/*' capture='user' clearable value={face} onChange={setFace}
          />
          {error !== undefined && <Problem error={error} />}
          <Button type='submit' loading={isBusy} fullWidth>{t('signUp')}</Button>
          <Anchor component={Link} href={`/login?${search}`}>{t('haveAccount')}</Anchor>
        </Stack>
      </form>
    </Paper>
  )
}
