import { Alert, Button, Table, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Link as Anchor } from 'wouter'
import { query } from '../api/client.ts'
import { openSocket, type Link } from '../live/socket.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { Waiting } from '../shared/waiting.tsx'
import { number } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import { countRooms, type Room } from './logic/rooms.ts'
import type { SessionMessage } from './logic/room.ts'
import { NO_EXAM } from './store.ts'
import { t } from './text.ts'

/** How often the rooms are counted, and how long other gateways may take to answer. */
const COUNT_MS = 10_000
const ANSWER_MS = 1_500

/** The exams with open sessions: how many candidates are there, and how many are not. */
export default function LiveExamsPage () {
  useLanguage()
  const [rooms, setRooms] = useState<readonly Room[]>()
  const [link, setLink] = useState<Link>('connecting')
  const isLost = link === 'waiting' || link === 'refused'
  useEffect(() => {
    const seen = new Map<string, SessionMessage>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const socket = openSocket({
      path: '/ws/monitor',
      onLink: next => setLink(before => next === 'connecting' && before === 'waiting' ? before : next),
      onOpen: ask,
      onMessage: value => {
        const message = value as SessionMessage | { readonly type: 'done', readonly action: string }
        if (message.type === 'session') seen.set(message.sessionId, message)
        if (message.type !== 'done' || message.action !== 'subscribe') return
        // Then no longer: pictures are made for those who watch.
        timer = setTimeout(() => {
          socket.send(JSON.stringify({ type: 'unsubscribe', all: true }))
          setRooms(countRooms([...seen.values()]))
          timer = setTimeout(ask, COUNT_MS)
        }, ANSWER_MS)
      }
    })
    function ask (): void {
      clearTimeout(timer)
      seen.clear()
      socket.send(JSON.stringify({ type: 'subscribe', all: true }))
    }
    return () => {
      clearTimeout(timer)
      socket.close()
    }
  }, [])

  return (
    <div style={{ maxWidth: '72rem', margin: '0 auto', padding: '.75rem .5rem' }}>
      <PageTitle>{t('live')}</PageTitle>
      {isLost && <Alert role='alert' variant='outline' color='orange' mb='md'>{t(link === 'refused' ? 'lineRefused' : 'lineAgain')}</Alert>}
      {rooms === undefined && !isLost && <Waiting />}
      {rooms?.length === 0 && (
        <>
          <Text fw={600}>{t('liveNone')}</Text>
          <Text c='dimmed' mb='md'>{t('liveNoneWhy')}</Text>
          <Button component={Anchor} href='/exams' variant='default'>{t('toExams')}</Button>
        </>
      )}
      {rooms !== undefined && rooms.length > 0 && (
        <>
          <Text c='dimmed' mb='sm'>{t('liveWhat')}</Text>
          <Table.ScrollContainer minWidth={0}>
            <Table aria-label={t('live')} verticalSpacing='sm'>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope='col'>{t('name')}</Table.Th>
                  <Table.Th scope='col'>{t('state')}</Table.Th>
                  <Table.Th scope='col'>{t('actions')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>{rooms.map(room => <RoomRow key={room.examId ?? NO_EXAM} room={room} />)}</Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
    </div>
  )
}

function RoomRow ({ room: { examId, present, missing, paused } }: { readonly room: Room }) {
  const exam = query.useQuery(
    'get', '/api/v1/exams/{examId}', { params: { path: { examId: examId ?? '' } } }, { enabled: examId !== null }
  )
  const title = examId === null ? t('noExam') : (exam.data?.title ?? '…')
  const counts = [
    t('count.present', { n: number(present) }),
    t('count.missing', { n: number(missing) }),
    t('count.paused', { n: number(paused) })
  ]
  return (
    <Table.Tr>
      <Table.Th scope='row'>{title}</Table.Th>
      <Table.Td>{counts.join(' · ')}</Table.Td>
      <Table.Td>
        <Button component={Anchor} href={`/live/${examId ?? NO_EXAM}`} size='xs' aria-label={`${t('watch')}: ${title}`}>
          {t('watch')}
        </Button>
      </Table.Td>
    </Table.Tr>
  )
}
