import { Anchor, Text } from '@mantine/core'
import { Link } from 'wouter'
import type { Role } from '../api/login.ts'
import { HOME } from '../shared/home.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { t } from '../text/index.ts'

/** An address without a page for this role. */
export function NotFound ({ role }: { readonly role: Role }) {
  return (
    <>
      <PageTitle>{t('notFound')}</PageTitle>
      <Text>{t('notFoundWhy')}</Text>
      <Anchor component={Link} href={HOME[role]}>{t('goHome')}</Anchor>
    </>
  )
}
