import { Badge, Text } from '@mantine/core'
import type { LogEntry } from '../live/protocol.ts'
import { clockTime, number } from '../text/format.ts'
import { t as common } from '../text/index.ts'
import classes from './noted-list.module.css'
import { t as roomText } from './room/text.ts'
import { t } from './text.ts'

/** Technical troubles are never shown as if they were the candidate's doing. */
const toneOf = (entry: LogEntry) =>
  entry.class === 'technical' || entry.class === 'coverage' ? 'technical' : entry.severity

const COLORS = { info: '--minor', low: '--minor', medium: '--notable', high: '--serious', technical: '--technical' }
const SHAPES = { info: '○', low: '◔', medium: '▲', high: '◆', technical: '▭' }

/** The log: newest first, read out as it grows. */
export function NotedList ({ entries }: { readonly entries: readonly LogEntry[] }) {
  if (entries.length === 0) return <Text c='dimmed'>{t('notedNothing')}</Text>
  return (
    <div role='log' tabIndex={0} aria-label={roomText('noted')}>
      <ol className={classes['list']}>
        {entries.map(entry => {
          const tone = toneOf(entry)
          return (
            <li key={entry.id}>
              <time dateTime={entry.time}>{clockTime(entry.time)}</time>
              <span>
                {entry.event}{' '}
                <Badge
                  variant='outline' size='sm' tt='none' c={`var(${COLORS[tone]})`} bd={`1px solid var(${COLORS[tone]})`}
                >
                  <span aria-hidden='true'>{SHAPES[tone]} </span>
                  {entry.phase === 'end'
                    ? common('lasted', { seconds: number((entry.durationMs ?? 0) / 1000) })
                    : common(`tone.${tone}`)}
                </Badge>
              </span>
            </li>
          )
        })}
      </ol>
    </div>
  )
}
