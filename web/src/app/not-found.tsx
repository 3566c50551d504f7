import { Anchor, Text } from '@mantine/core'
import { Link, Redirect, useLocation } from 'wouter'
import type { User } from '../api/login.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { t } from '../text/index.ts'
import { HOME } from '../shared/home.ts'

/** An address without a page; a visitor is asked to log in first, and comes back to it then. */
export function NotFound ({ user }: { readonly user: User | undefined }) {
  const [path] = useLocation()
  if (user === undefined) return <Redirect to={`/login?next=${encodeURIComponent(path + location.search)}`} replace />
  return (
    <>
      <PageTitle>{t('notFound')}</PageTitle>
      <Text>{t('notFoundWhy')}</Text>
      <Anchor component={Link} href={HOME[user.role]}>{t('goHome')}</Anchor>
    </>
  )
}
