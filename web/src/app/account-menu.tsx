import { Button, Menu } from '@mantine/core'
import { Link } from 'wouter'
import { logOut, type User } from '../api/login.ts'
import { t } from '../text/index.ts'
import classes from './shell.module.css'

/** Who is logged in, the person's own pages, and the way out. */
export default function AccountMenu ({ user }: { readonly user: User }) {
  const name = user.name || user.email
  return (
    <Menu>
      <Menu.Target>
        <Button variant='subtle' size='xs' maw={180} aria-label={t('accountOf', { name })}>
          <span className={classes['name']}>{name}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email} · {t(`role.${user.role}`)}</Menu.Label>
        <Menu.Item component={Link} href='/me'>{t('nav.me')}</Menu.Item>
        <Menu.Item component={Link} href='/privacy'>{t('nav.privacy')}</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => { logOut().catch(() => {}) }}>{t('logOut')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
