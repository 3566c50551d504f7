import { lazy, Suspense } from 'react'
import { Link, useLocation } from 'wouter'
import type { Route } from '../shared/route.ts'
import { t } from '../text/index.ts'
import classes from './shell.module.css'

const PagesMenu = lazy(() => import('./pages-menu.tsx'))

/** The pages that the menu offers: a row on a wide window, a menu on a small one. */
export function Navigation ({ routes, hasMenu }: { readonly routes: readonly Route[], readonly hasMenu: boolean }) {
  const [path] = useLocation()
  const links = routes.flatMap(({ path: href, nav }) => nav === undefined ? [] : [{ href, nav }])
  const current = (href: string) => path === href || path.startsWith(`${href}/`) ? 'page' as const : undefined
  if (links.length === 0) return null
  return (
    <>
      <nav className={classes['links']} aria-label={t('menu')}>
        {links.map(({ href, nav }) => (
          <Link key={href} href={href} aria-current={current(href)} className={classes['link'] ?? ''}>{t(nav)}</Link>
        ))}
      </nav>
      {hasMenu && <Suspense><PagesMenu links={links} current={current} /></Suspense>}
    </>
  )
}
