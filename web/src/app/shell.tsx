import { ActionIcon, Button, Group, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useEffect, useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import { loadBengaliFont } from '../text/bengali-font.ts'
import { chooseLanguage, language, t } from '../text/index.ts'
import classes from './shell.module.css'

interface Props {
  readonly children: ReactNode
  readonly navigation?: ReactNode
  readonly account?: ReactNode
  readonly isWide?: boolean
  readonly isBare?: boolean
}

/** The header and the page under it. */
export function Shell ({ children, navigation, account, isWide = false, isBare = false }: Props) {
  if (isBare) return <main id='main'>{children}</main>
  const main = <main id='main' className={classes[isWide ? 'wide' : 'main']}>{children}</main>
  return (
    <>
      <a className={classes['skip']} href='#main'>{t('skip')}</a>
      <header className={classes['bar']}>
        <Link href='/' className={classes['brand'] ?? ''}>
          <img src='/icon.svg' alt='' width='28' height='28' />
          Invigil
        </Link>
        {navigation}
        <Group gap='xs' ml='auto' wrap='nowrap'>
          <SchemeButton />
          <LanguageButton />
          {account}
        </Group>
      </header>
      {main}
    </>
  )
}

/** One word does not load the font with Bengali letters before the page has what it needs. */
const OWN_FONT_AFTER_MS = 10_000

function useBengaliFont (): boolean {
  const [isLoaded, setIsLoaded] = useState(false)
  useEffect(() => {
    const load = (): void => { loadBengaliFont().then(() => setIsLoaded(true), () => {}) }
    const timer = setTimeout(load, OWN_FONT_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return isLoaded
}

function LanguageButton () {
  const other = language() === 'en' ? 'bn' : 'en'
  const isFontLoaded = useBengaliFont()
  return (
    <Button
      variant='default' size='xs' lang={other} {...(!isFontLoaded && { ff: 'system-ui' })}
      onClick={() => { chooseLanguage(other).catch(() => {}) }}
    >
      {other === 'bn' ? 'বাংলা' : 'English'}
    </Button>
  )
}

const SUN = 'M10 7.5a2.5 2.5 0 1 1-5 0a2.5 2.5 0 0 1 5 0M7.5 1v1.5M7.5 12.5v1.5M1 7.5h1.5M12.5 7.5h1.5' +
  'M2.9 2.9l1 1M11.1 11.1l1 1M12.1 2.9l-1 1M3.9 11.1l-1 1'
const MOON = 'M12.5 9.2A5.7 5.7 0 0 1 5.8 2.5a5.7 5.7 0 1 0 6.7 6.7z'

function SchemeButton () {
  const { setColorScheme } = useMantineColorScheme()
  const isDark = useComputedColorScheme('light') === 'dark'
  return (
    <ActionIcon
      variant='default' size={30} aria-label={t(isDark ? 'lightScheme' : 'darkScheme')}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {/* Drawn here: the set of icons is one file, and the first page would load all that any page uses. */}
      <svg width='15' height='15' viewBox='0 0 15 15' fill='none' stroke='currentColor' strokeLinecap='round' aria-hidden>
        <path d={isDark ? SUN : MOON} />
      </svg>
    </ActionIcon>
  )
}
