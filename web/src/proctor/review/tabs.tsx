import { Link } from 'wouter'
import classes from './tabs.module.css'
import { t } from './text.ts'

const TABS = { sessions: '/review', rules: '/review/rules', dismiss: '/review/dismiss' } as const

/** The pages of reviewing: sessions one by one, and rules over many sessions. */
export function ReviewTabs ({ current }: { readonly current: keyof typeof TABS }) {
  return (
    <nav aria-label={t('tabs')} className={classes['tabs']}>
      {(Object.keys(TABS) as Array<keyof typeof TABS>).map(tab => (
        <Link
          key={tab} href={TABS[tab]} className={classes['tab'] ?? ''}
          aria-current={tab === current ? 'page' : undefined}
        >
          {t(`tab.${tab}`)}
        </Link>
      ))}
    </nav>
  )
}
