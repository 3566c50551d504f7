import { Anchor, Table, Text } from '@mantine/core'
import { Link } from 'wouter'
import { endingWords } from '../text/ending.ts'
import { dateTime, duration, number } from '../text/format.ts'
import { t as common } from '../text/index.ts'
import classes from './admin.module.css'
import { Mark, type Tone } from './mark.tsx'
import { t } from './text.ts'
import type { Session } from './types.ts'

const TONES: Readonly<Record<Session['state'], Tone>> = {
  active: 'well', paused: 'notable', stopped: 'quiet', terminated: 'serious'
}

/** Sessions with what they came to. */
export function SessionRows ({ sessions, hasNames = true }: {
  readonly sessions: readonly Session[]
  readonly hasNames?: boolean
}) {
  return (
    <Table className={classes['rows']} verticalSpacing='xs' highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          {(['person', 'state', 'started', 'risk', 'seen'] as const).filter(name => hasNames || name !== 'person').map(name => (
            <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {sessions.map(session => (
          <Table.Tr key={session.id}>
            {hasNames && (
              <Table.Td>
                <Anchor component={Link} href={`/admin/people/${session.userId}`} fw={600}>{session.userName}</Anchor>
                <Text size='sm' c='dimmed' className={classes['break'] ?? ''}>{session.userEmail}</Text>
              </Table.Td>
            )}
            <Table.Td>
              <Mark tone={TONES[session.state]}>{common(`state.${session.state}`)}</Mark>
              {session.endReason !== null && <Text size='sm' c='dimmed'>{endingWords(session.endReason)}</Text>}
            </Table.Td>
            <Table.Td>
              <Text size='sm'>{dateTime(session.startedAtMs)}</Text>
              <Text size='sm' c='dimmed'>
                {t('lasted', { time: duration((session.endedAtMs ?? Date.now()) - session.startedAtMs) })}
              </Text>
            </Table.Td>
            <Table.Td>
              <Text size='sm'>{t('risk', { score: number(session.riskScore, 1) })}</Text>
              <Anchor component={Link} href={`/admin/events?sessionId=${session.id}`} size='sm'>
                {t('eventsOf', { count: number(session.eventCount) })}
              </Anchor>
            </Table.Td>
            <Table.Td data-label={t('column.seen')}>
              <Text size='sm' span>
                {session.seenPercent === null ? t('notMeasured') : t('seen', { count: number(session.seenPercent) })}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
