import { Center, Loader } from '@mantine/core'
import { t } from '../text/index.ts'

/** Something loads. Announced once, by its role. */
export function Waiting () {
  return <Center p='xl' role='status' aria-label={t('loading')}><Loader /></Center>
}
