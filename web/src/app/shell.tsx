import { ActionIcon, Burger, Button, Group, Menu, NavLink, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { MoonIcon, SunIcon } from '@radix-ui/react-icons'
import { useState, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { logOut, type User } from '../api/login.ts'
import { chooseLanguage, language, t } from '../text/index.ts'
import { routesOf } from './routes.ts'
import classes from './shell.module.css'

interface Props {
  readonly user: User | undefined
  readonly children: ReactNode
  readonly isWide?: boolean
  readonly isBare?: boolean
}

/** The header with the menu, and the page under it. */
export function Shell ({ user, children, isWide = false, isBare = false }: Props) {
  const main = <main id='main' className={isWide ? classes['wide'] : classes['main']}>{children}</main>
  if (isBare) return main
  return (
    <>
      <a className={classes['skip']} href='#main'>{t('skip')}</a>
      <header className={classes['bar']}>
        <Link href='/' className={classes['brand'] ?? ''}>
          <img src='/icon.svg' alt='' width='28' height='28' />
          Invigil
        </Link>
        {user !== undefined && <Navigation user={user} />}
        <Group gap='xs' ml='auto' wrap='nowrap'>
          <SchemeButton />
          <Button
            variant='default' size='xs' lang={language() === 'en' ? 'bn' : 'en'}
            onClick={() => { chooseLanguage(language() === 'en' ? 'bn' : 'en').catch(() => {}) }}
          >
            {language() === 'en' ? 'বাংলা' : 'English'}
          </Button>
          {user !== undefined && <AccountMenu user={user} />}
        </Group>
      </header>
      {main}
    </>
  )
}

/** The pages of the role: a row on a wide window, a menu on a small one. */
function Navigation ({ user }: { readonly user: User }) {
  const [path] = useLocation()
  const [isOpen, setIsOpen] = useState(false)
  const links = routesOf(user.role).flatMap(({ path: href, nav }) => nav === undefined ? [] : [{ href, nav }])
  const isHere = (href: string) => path === href || path.startsWith(`${href}/`)
  if (links.length === 0) return null
  return (
    <>
      <nav className={classes['links']} aria-label={t('menu')}>
        {links.map(({ href, nav }) => (
          <Link key={href} href={href} aria-current={isHere(href) ? 'page' : undefined} className={classes['link'] ?? ''}>
            {t(nav)}
          </Link>
        ))}
      </nav>
      <Menu opened={isOpen} onChange={setIsOpen}>
        <Menu.Target>
          <Burger className={classes['burger'] ?? ''} opened={isOpen} size='sm' aria-label={t('menu')} />
        </Menu.Target>
        <Menu.Dropdown>
          {links.map(({ href, nav }) => (
            <NavLink
              key={href} component={Link} href={href} label={t(nav)} active={isHere(href)}
              onClick={() => setIsOpen(false)}
            />
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  )
}

function AccountMenu ({ user }: { readonly user: User }) {
  return (
    <Menu>
      <Menu.Target>
        <Button variant='subtle' size='xs' maw={180} aria-label={t('accountOf', { name: user.name || user.email })}>
          <span className={classes['name']}>{user.name || user.email}</span>
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

function SchemeButton () {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  return (
    <ActionIcon
      variant='default' size={30} aria-label={t(isDark ? 'lightScheme' : 'darkScheme')}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  )
}
