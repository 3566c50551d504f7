import { Loader, Paper, Stack, Text } from '@mantine/core'
import { PageTitle } from '../shared/page-title.tsx'
import { t } from '../text/index.ts'
import { Shell } from './shell.tsx'

/** Somebody who is logged in, in a window that cannot reach the server: no login form, which would not help. */
export function ServerAway () {
  return (
    <Shell>
      <Paper withBorder p='xl' maw={560} mx='auto' bg='var(--card)'>
        <PageTitle>{t('serverAway')}</PageTitle>
        <Stack align='flex-start' role='status'>
          <Text>{t('serverAwayWhat')}</Text>
          <Loader size='sm' aria-hidden />
        </Stack>
      </Paper>
    </Shell>
  )
}
