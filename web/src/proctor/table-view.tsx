import { Button, Table } from '@mantine/core'
import { memo } from 'react'
import { clockTime, duration, number } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import classes from './console.module.css'
import { gradeOf } from './logic/attention.ts'
import { timeLeft } from './logic/facts.ts'
import { incidentsOf } from './logic/incidents.ts'
import { placeOf } from './logic/room.ts'
import { Mark } from './mark.tsx'
import { t } from './text.ts'
import { useCandidate, useRoom } from './use-store.ts'
import { needOf } from './words.ts'

interface Props {
  readonly ids: readonly string[]
  readonly openId: string | undefined
  onOpen (sessionId: string): void
}

/** Every candidate as a row of words: for screen readers and slow lines. */
export function TableView ({ ids, openId, onOpen }: Props) {
  return (
    <section className={classes['tableArea']} aria-label={t('table')} tabIndex={0}>
      <Table stickyHeader highlightOnHover verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            {(['name', 'state', 'now', 'since', 'timeLeft', 'incidentCount', 'compliance', 'lastWord'] as const).map(key => (
              <Table.Th key={key} scope='col'>{t(key)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ids.map(id => <Row key={id} sessionId={id} isOpen={id === openId} onOpen={onOpen} />)}
        </Table.Tbody>
      </Table>
    </section>
  )
}

interface RowProps {
  readonly sessionId: string
  readonly isOpen: boolean
  onOpen (sessionId: string): void
}

const Row = memo(function Row ({ sessionId, isOpen, onOpen }: RowProps) {
  useLanguage()
  const candidate = useCandidate(sessionId)
  const nowMs = useRoom('tick', store => store.nowMs)
  const userId = candidate?.session.userId ?? ''
  const left = useRoom('tick', store => timeLeft(store.facts, userId, store.nowMs))
  if (candidate === undefined) return null
  const { session: { name, scores }, findings, thread } = candidate
  const need = needOf(candidate, nowMs)
  const count = incidentsOf(findings.filter(finding => gradeOf(finding) !== 'none')).length
  const last = thread.at(-1)
  return (
    <Table.Tr aria-current={isOpen || undefined}>
      <Table.Th scope='row'>
        <Button size='compact-sm' variant='subtle' onClick={() => onOpen(sessionId)}>{name}</Button>
      </Table.Th>
      <Table.Td>{t(`place.${placeOf(candidate, nowMs)}`)}</Table.Td>
      <Table.Td>{need === undefined ? '–' : <><Mark grade={need.grade} /> {need.text}</>}</Table.Td>
      <Table.Td>{need === undefined ? '–' : duration(nowMs - need.sinceMs)}</Table.Td>
      <Table.Td>{left === undefined ? '–' : duration(left)}</Table.Td>
      <Table.Td>{number(count)}</Table.Td>
      <Table.Td>{scores.complianceScore === null ? '–' : `${number(scores.complianceScore, 1)} %`}</Table.Td>
      <Table.Td className={classes['lastWord'] ?? ''}>
        {last === undefined ? '–' : `${clockTime(last.createdAt)} ${last.text === '' ? t(`kind.${last.kind}`) : last.text}`}
      </Table.Td>
    </Table.Tr>
  )
})
