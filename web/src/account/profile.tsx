import { Button, Group, Select, Text, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { api, dataOf } from '../api/client.ts'
import { updateUser } from '../api/login.ts'
import { Problem } from '../shared/problem.tsx'
import { chooseLanguage, t as common } from '../text/index.ts'
import { Card } from './card.tsx'
import { t } from './text.ts'

const LOCALES = ['auto', 'en', 'bn'] as const
type Locale = typeof LOCALES[number]

interface Props {
  readonly user: { readonly name: string, readonly email: string, readonly locale: string, readonly role: 'student' | 'teacher' | 'admin' }
}

/** Name and language. */
export function Profile ({ user }: Props) {
  const [name, setName] = useState(user.name)
  const [locale, setLocale] = useState<Locale>(LOCALES.find(one => one === user.locale) ?? 'auto')
  const [isBusy, setIsBusy] = useState(false)
  const [isSaved, setIsSaved] = useState(false)
  const [error, setError] = useState<Error>()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setIsBusy(true)
    setIsSaved(false)
    setError(undefined)
    dataOf(api.PATCH('/api/v1/auth/me', { body: { name, locale } })).then(async ({ name }) => {
      updateUser({ name })
      setName(name)
      setIsSaved(true)
      if (locale !== 'auto') await chooseLanguage(locale)
    }).catch((error: Error) => setError(error)).finally(() => setIsBusy(false))
  }
  return (
    <Card title={t('profile')}>
      <Text size='sm' c='dimmed' style={{ overflowWrap: 'anywhere' }}>{user.email} · {common(`role.${user.role}`)}</Text>
      <form onSubmit={submit}>
        <TextInput
          label={common('name')} description={t('nameWhy')} value={name} required withAsterisk={false} maxLength={100} mb='sm'
          autoComplete='name' onChange={event => setName(event.currentTarget.value)}
        />
        <Select
          label={t('language')} description={t('languageWhy')} value={locale} allowDeselect={false} mb='md'
          onChange={value => setLocale(LOCALES.find(one => one === value) ?? 'auto')}
          data={[{ value: 'auto', label: t('languageAuto') }, { value: 'en', label: 'English' }, { value: 'bn', label: 'বাংলা' }]}
        />
        {error !== undefined && <Problem error={error} />}
        <Group>
          <Button type='submit' loading={isBusy}>{t('save')}</Button>
          <Text role='status' size='sm'>{isSaved ? t('saved') : ''}</Text>
        </Group>
      </form>
    </Card>
  )
}
