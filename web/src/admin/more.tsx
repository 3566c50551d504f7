import { Button, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './admin.module.css'
import { t } from './text.ts'

interface Props {
  readonly query: {
    readonly hasNextPage: boolean
    readonly isFetchingNextPage: boolean
    fetchNextPage (): Promise<unknown>
  }
  readonly isEmpty: boolean
  /** What to say when there is nothing, and what to do about it. */
  readonly empty: string
  readonly children: ReactNode
}

/** Rows of a list with the button for more of them. */
export function More ({ query: { hasNextPage, isFetchingNextPage, fetchNextPage }, isEmpty, empty, children }: Props) {
  if (isEmpty) return <Text className={classes['empty']} role='status'>{empty}</Text>
  return (
    <Stack align='flex-start'>
      {children}
      {hasNextPage && (
        <Button variant='default' loading={isFetchingNextPage} onClick={() => { fetchNextPage().catch(() => {}) }}>
          {t('showMore')}
        </Button>
      )}
    </Stack>
  )
}
