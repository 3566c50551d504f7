import { Burger, Menu } from '@mantine/core'
import { Link } from 'wouter'
import type { TextKey } from '../text/en.ts'
import { t } from '../text/index.ts'
import classes from './shell.module.css'

interface Props {
  readonly links: ReadonlyArray<{ readonly href: string, readonly nav: TextKey }>
  current (href: string): 'page' | undefined
}

/** The pages of the menu, for a small window. */
export default function PagesMenu ({ links, current }: Props) {
  return (
    <Menu>
      <Menu.Target><Burger className={classes['burger'] ?? ''} size='sm' aria-label={t('menu')} /></Menu.Target>
      <Menu.Dropdown>
        {links.map(({ href, nav }) => (
          <Menu.Item key={href} component={Link} href={href} aria-current={current(href)}>{t(nav)}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
