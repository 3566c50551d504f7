import { Alert, Button, Group } from '@mantine/core'
import { number } from '../text/format.ts'
import classes from './console.module.css'
import { UNDO_MS } from './store.ts'
import { t } from './text.ts'
import { useRoom, useStore } from './use-store.ts'

/** Ends that were confirmed a moment ago, each with the way back. */
export function PlannedEnds () {
  const store = useStore()
  const ends = useRoom('ends', ({ ends }) => ends)
  const nowMs = useRoom('tick', ({ nowMs }) => nowMs)
  if (ends.length === 0) return null
  // Over the page: the wall does not move for it.
  return (
    <div className={classes['ends']}>
      {ends.map(({ key, dueAtMs }) => (
        <Alert key={key} role='alert' variant='outline' color='orange' p='xs' bg='var(--card)'>
          <Group justify='space-between' gap='xs'>
            <span>
              {t('endsSoon', {
                name: store.candidate(key)?.session.name ?? '',
                // The console's time stands still between two ticks.
                seconds: number(Math.min(UNDO_MS / 1000, Math.max(1, Math.ceil((dueAtMs - nowMs) / 1000))))
              })}
            </span>
            <Button size='xs' onClick={() => store.undoEnd(key)}>{t('undo')}</Button>
          </Group>
        </Alert>
      ))}
    </div>
  )
}
