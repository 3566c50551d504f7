import { Anchor, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Link } from 'wouter'
import { t } from '../text/index.ts'

/** On a new installation: the way to the page that says what to do first. Nothing while it is not known. */
export function FirstRunNote () {
  const [isNew, setIsNew] = useState(false)
  useEffect(() => {
    fetch('/api/v1/first-run')
      .then(async response => await response.json() as { readonly hasAdmin?: boolean })
      .then(({ hasAdmin }) => setIsNew(hasAdmin === false), () => {})
  }, [])
  if (!isNew) return null
  return (
    <Text size='sm' mb='md'>
      {t('newInstallation')} <Anchor component={Link} href='/first-run' underline='always'>{t('firstSteps')}</Anchor>
    </Text>
  )
}
