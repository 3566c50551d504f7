import { Anchor, Button, Table, Text, Textarea, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import type { paths } from '../../api/schema.d.ts'
import { api, query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { dateTime } from '../../text/format.ts'
import classes from '../admin.module.css'
import { Confirm } from '../../shared/confirm.tsx'
import { t } from './text.ts'

const PATH = '/api/v1/admin/holds'
const REASON_CHARS_MIN = 10
const COLUMNS = ['who', 'covers', 'reason', 'placed', 'actions'] as const

type Hold = paths[typeof PATH]['get']['responses'][200]['content']['application/json']['holds'][number]

/** What is held, of everyone or of one person, with the button that releases it. */
export function Holds ({ userId }: { readonly userId?: string }) {
  const found = query.useQuery('get', PATH, {
    params: { query: { isActive: true, limit: 100, ...(userId !== undefined && { userId }) } }
  })
  const [released, setReleased] = useState<Hold>()
  return (
    <Loaded query={found}>
      {({ holds, next }) => userId !== undefined && holds.length === 0
        ? null
        : (
          <section aria-labelledby='holds'>
            <Title order={2} id='holds' mb='xs'>{t('holds')}</Title>
            <Text size='sm' c='dimmed' mb='sm'>{t(userId === undefined ? 'holdsWhat' : 'holdsOfPerson')}</Text>
            {holds.length === 0
              ? <Text className={classes['empty']}>{t('noHolds')}</Text>
              : <Rows holds={holds} hasNames={userId === undefined} onRelease={setReleased} />}
            {next !== null && <Text size='sm' mt='xs'>{t('isMore')}</Text>}
            {released !== undefined && <Release hold={released} onClose={() => setReleased(undefined)} />}
          </section>
          )}
    </Loaded>
  )
}

interface RowsProps {
  readonly holds: readonly Hold[]
  readonly hasNames: boolean
  onRelease (hold: Hold): void
}

function Rows ({ holds, hasNames, onRelease }: RowsProps) {
  return (
    <Table className={classes['rows']} verticalSpacing='xs'>
      <Table.Thead>
        <Table.Tr>
          {COLUMNS.filter(name => hasNames || name !== 'who').map(name => (
            <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {holds.map(hold => (
          <Table.Tr key={hold.id}>
            {hasNames && (
              <Table.Td>
                <Anchor component={Link} href={`/admin/people/${hold.userId}`}>{hold.userName}</Anchor>
              </Table.Td>
            )}
            <Table.Td data-label={t('column.covers')}>
              {hold.sessionId === null
                ? t(hold.attemptId === null ? 'covers.user' : 'covers.attempt')
                : <Anchor component={Link} href={`/review/${hold.sessionId}`}>{t('covers.session')}</Anchor>}
            </Table.Td>
            <Table.Td className={classes['break'] ?? ''}>{hold.reason}</Table.Td>
            <Table.Td>
              {t('placed', { time: dateTime(hold.placedAtMs), name: hold.placedByName ?? t('erased') })}
            </Table.Td>
            <Table.Td>
              <Button size='xs' variant='default' onClick={() => onRelease(hold)}>{t('release')}</Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Release ({ hold: { id: holdId, userName: name }, onClose }: { readonly hold: Hold, onClose (): void }) {
  return (
    <WithReason
      title={t('releaseTitle', { name })} what={t('releaseWhat')} action={t('release')} onClose={onClose}
      onConfirm={async reason => {
        await api.POST('/api/v1/admin/holds/{holdId}/release', { params: { path: { holdId } }, body: { reason } })
      }}
    />
  )
}

/** Holds everything of a person. */
export function PlaceHold ({ user, onClose }: {
  readonly user: { readonly id: string, readonly name: string }
  onClose (): void
}) {
  return (
    <WithReason
      title={t('placeTitle', { name: user.name })} what={t('placeWhat')} action={t('place')} onClose={onClose}
      onConfirm={async reason => {
        await api.POST(PATH, { body: { targetType: 'user', targetId: user.id, reason } })
      }}
    />
  )
}

interface Props {
  readonly title: string
  readonly what: string
  readonly action: string
  onConfirm (reason: string): Promise<void>
  onClose (): void
}

function WithReason ({ title, what, action, onConfirm, onClose }: Props) {
  const client = useQueryClient()
  const [reason, setReason] = useState('')
  const confirm = async () => {
    await onConfirm(reason)
    await client.invalidateQueries({ queryKey: ['get', PATH] })
    await client.invalidateQueries({ queryKey: ['get', '/api/v1/admin/retention'] })
  }
  return (
    <Confirm
      title={title} action={action} isDisabled={reason.trim().length < REASON_CHARS_MIN} onConfirm={confirm}
      onClose={onClose}
    >
      <Text>{what}</Text>
      <Textarea
        label={t('reason')} description={t('reasonWhat')} value={reason} maxLength={1000} autosize minRows={2}
        onChange={event => setReason(event.currentTarget.value)}
      />
    </Confirm>
  )
}
