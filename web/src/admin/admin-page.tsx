import type { ReactNode } from 'react'
import { Group } from '@mantine/core'
import { Link, useLocation } from 'wouter'
import { PageTitle } from '../shared/page-title.tsx'
import { t as common, useLanguage } from '../text/index.ts'
import classes from './admin.module.css'
import { t } from './text.ts'

const PAGES = [
  ['/admin', 'today'],
  ['/admin/people', 'people'],
  ['/admin/sessions', 'sessions'],
  ['/admin/events', 'events'],
  ['/admin/stats', 'statistics'],
  ['/admin/audit', 'audit'],
  ['/admin/exports', 'exports'],
  ['/admin/retention', 'retention'],
  ['/admin/webhooks', 'webhooks'],
  ['/admin/system', 'system']
] as const

interface Props {
  readonly title: string
  /** Beside the heading, such as a button. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** The frame of every page of administration: the way to the others, and the heading. */
export function AdminPage ({ title, aside, children }: Props) {
  useLanguage()
  const [path] = useLocation()
  const isCurrent = (href: string) => path === href || (href !== '/admin' && path.startsWith(`${href}/`))
  return (
    <>
      <nav className={classes['links']} aria-label={common('nav.admin')}>
        {PAGES.map(([href, key]) => (
          <Link key={href} href={href} className={classes['link'] ?? ''} aria-current={isCurrent(href) ? 'page' : undefined}>
            {t(`page.${key}`)}
          </Link>
        ))}
      </nav>
      <Group justify='space-between' align='flex-start'>
        <PageTitle trail={[title, common('nav.admin')]}>{title}</PageTitle>
        {aside}
      </Group>
      {children}
    </>
  )
}
