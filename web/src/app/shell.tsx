import { ActionIcon, Button, Group, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { MoonIcon, SunIcon } from '@radix-ui/react-icons'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
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

function LanguageButton () {
  const other = language() === 'en' ? 'bn' : 'en'
  return (
    <Button variant='default' size='xs' lang={other} onClick={() => chooseLanguage(other)}>
      {other === 'bn' ? 'বাংলা' : 'English'}
    </Button>
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
