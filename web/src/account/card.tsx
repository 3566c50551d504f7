import { Paper, Stack, Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'

/** One part of the account with its heading. */
export function Card ({ title, children }: { readonly title: string, readonly children: ReactNode }) {
  const id = useId()
  return (
    <Paper withBorder p='md' component='section' aria-labelledby={id}>
      <Stack gap='sm'>
        <Title order={2} id={id}>{title}</Title>
        {children}
      </Stack>
    </Paper>
  )
}
