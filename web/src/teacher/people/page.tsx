import { Alert, Button, Group, Menu, Modal, Stack, Table, Tabs, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, dataOf, query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { Confirm } from '../../shared/confirm.tsx'
import { ExamPage } from '../exam-page.tsx'
import { RefusalNote } from '../../shared/refusal.tsx'
import { useRefresh } from '../refresh.ts'
import table from '../exams.module.css'
import { spanWords } from '../span-words.ts'
import type { Accommodation, Exam } from '../types.ts'
import { grantedOf } from './accommodation.ts'
import { AccommodationDialog } from './accommodation-dialog.tsx'
import { FindPeople } from './find-people.tsx'
import { PastePeople } from './paste-people.tsx'
import { t } from './text.ts'

export default function PeoplePage () {
  useLanguage()
  return <ExamPage tab='people'>{exam => <People exam={exam} />}</ExamPage>
}

interface Person {
  readonly id: string
  readonly name: string
  readonly email: string
}

const CANDIDATES = '/api/v1/exams/{examId}/candidates'
const AT_ONCE = 500

function People ({ exam }: { readonly exam: Exam }) {
  const refresh = useRefresh()
  const [isAdding, setIsAdding] = useState(false)
  const [granting, setGranting] = useState<Person>()
  const [removing, setRemoving] = useState<Person>()
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const params = { path: { examId: exam.id } }
  const assigned = useInfiniteQuery({
    queryKey: ['get', CANDIDATES, 'pages', exam.id],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => await dataOf(api.GET(CANDIDATES, {
      params: { ...params, query: { limit: 100, ...(pageParam !== undefined && { after: pageParam }) } }
    })),
    getNextPageParam: ({ next }) => next ?? undefined
  })
  const accommodations = query.useQuery('get', '/api/v1/exams/{examId}/accommodations', { params })
  const grants = new Map(accommodations.data?.accommodations.map(grant => [grant.userId, grant]))

  const assign = async (ids: readonly string[]) => {
    setIsBusy(true)
    setError(undefined)
    try {
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        await api.POST(CANDIDATES, { params, body: { userIds: ids.slice(at, at + AT_ONCE) } })
      }
      await refresh(CANDIDATES)
      if (ids.length > 1) setIsAdding(false)
    } catch (error) {
      setError(error as Error)
    }
    setIsBusy(false)
  }
  return (
    <>
      <Alert variant='outline'>{t(exam.isOpenToAll === true ? 'isOpenToAll' : 'isForAssigned')}</Alert>
      <Button w='fit-content' onClick={() => setIsAdding(true)}>{t('add')}</Button>
      <Loaded query={assigned}>
        {({ pages }) => {
          const people = pages.flatMap(({ candidates }) => candidates)
            .map(({ userId, userName, userEmail }) => ({ id: userId, name: userName, email: userEmail }))
          const ids = new Set(people.map(({ id }) => id))
          const others = assigned.hasNextPage ? [] : [...grants.values()].filter(({ userId }) => !ids.has(userId))
          return (
            <>
              {people.length === 0 && others.length === 0
                ? <Text>{t('nobody')}</Text>
                : (
                  <Table className={table['rows']} verticalSpacing='sm'>
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th scope='col'>{t('candidate')}</Table.Th>
                        <Table.Th scope='col'>{t('accommodation')}</Table.Th>
                        <Table.Th scope='col'>{t('actions')}</Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {people.map(person => (
                        <Row
                          key={person.id} person={person} accommodation={grants.get(person.id)}
                          onGrant={setGranting} onRemove={setRemoving}
                        />
                      ))}
                      {others.map(grant => <Other key={grant.userId} accommodation={grant} onGrant={setGranting} />)}
                    </Table.Tbody>
                  </Table>
                  )}
              {assigned.hasNextPage && (
                <Button variant='default' w='fit-content' onClick={() => { assigned.fetchNextPage().catch(() => {}) }}>
                  {t('showMore')}
                </Button>
              )}
              {people.length > 0 && <Text size='sm' c='dimmed'>{t('count', { count: number(people.length) })}</Text>}
              {isAdding && (
                <Modal
                  opened onClose={() => setIsAdding(false)} title={t('add')} size='lg'
                  closeButtonProps={{ 'aria-label': t('close') }}
                >
                  <Tabs defaultValue='find' keepMounted={false}>
                    <Tabs.List mb='md'>
                      <Tabs.Tab value='find'>{t('tabFind')}</Tabs.Tab>
                      <Tabs.Tab value='paste'>{t('tabPaste')}</Tabs.Tab>
                    </Tabs.List>
                    <Tabs.Panel value='find'>
                      <FindPeople
                        assigned={ids} isBusy={isBusy} onAssign={ids => { assign(ids).catch(() => {}) }}
                        onGrant={student => {
                          setIsAdding(false)
                          setGranting(student)
                        }}
                      />
                    </Tabs.Panel>
                    <Tabs.Panel value='paste'>
                      <PastePeople assigned={ids} isBusy={isBusy} onAssign={ids => { assign(ids).catch(() => {}) }} />
                    </Tabs.Panel>
                  </Tabs>
                  {error !== undefined && <RefusalNote error={error} />}
                </Modal>
              )}
            </>
          )
        }}
      </Loaded>
      {accommodations.isError && <RefusalNote error={accommodations.error as Error} />}
      {granting !== undefined && (
        <AccommodationDialog
          examId={exam.id} person={granting} accommodation={grants.get(granting.id)}
          onClose={() => setGranting(undefined)}
        />
      )}
      {removing !== undefined && (
        <Confirm
          title={t('removeTitle', { name: removing.name })} action={t('remove')} onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await api.DELETE('/api/v1/exams/{examId}/candidates/{userId}', {
              params: { path: { examId: exam.id, userId: removing.id } }
            })
            await refresh(CANDIDATES)
          }}
        >
          <Text>{t('removeAfter')}</Text>
        </Confirm>
      )}
    </>
  )
}

interface RowProps {
  readonly person: Person
  readonly accommodation: Accommodation | undefined
  onGrant (person: Person): void
  onRemove? (person: Person): void
}

function Row ({ person, accommodation, onGrant, onRemove }: RowProps) {
  return (
    <Table.Tr>
      <Table.Td>
        <Text size='sm' fw={600}>{person.name}</Text>
        <Text size='sm' c='dimmed'>{person.email}</Text>
        {onRemove === undefined && <Text size='sm'>{t('notAssigned')}</Text>}
      </Table.Td>
      <Table.Td>{accommodation === undefined ? <Text size='sm' c='dimmed'>{t('noAccommodation')}</Text> : <Granted accommodation={accommodation} />}</Table.Td>
      <Table.Td>
        <Menu position='bottom-end'>
          <Menu.Target>
            <Button size='compact-sm' variant='default' aria-label={t('actionsFor', { name: person.name })}>
              {t('actions')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onGrant(person)}>{t('accommodation')}</Menu.Item>
            {onRemove !== undefined && <Menu.Item onClick={() => onRemove(person)}>{t('remove')}</Menu.Item>}
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  )
}

/** One with an accommodation who is not assigned, as in an exam that is open to all. */
function Other ({ accommodation, onGrant }: { readonly accommodation: Accommodation, onGrant (person: Person): void }) {
  const { data } = query.useQuery('get', '/api/v1/users/{userId}', { params: { path: { userId: accommodation.userId } } })
  if (data === undefined) return null
  return <Row person={data} accommodation={accommodation} onGrant={onGrant} />
}

function Granted ({ accommodation }: { readonly accommodation: Accommodation }) {
  const { extraPercent, secondPerson, gazeFree, speech, absenceMs, rulesOff } = grantedOf(accommodation)
  const words = [
    ...(extraPercent > 0 ? [t('says.extra', { percent: number(extraPercent, 2) })] : []),
    ...(secondPerson ? [t('secondPerson')] : []),
    ...(gazeFree ? [t('gazeFree')] : []),
    ...(speech ? [t('speech')] : []),
    ...(absenceMs !== null ? [t('says.absence', { time: spanWords(absenceMs) })] : []),
    ...(rulesOff.length > 0 ? [t('says.rulesOff', { count: number(rulesOff.length) })] : [])
  ]
  return (
    <Stack gap={0}>
      {words.map(word => <Text key={word} size='sm'>{word}</Text>)}
      <Group><Text size='sm' c='dimmed'>{accommodation.reason}</Text></Group>
    </Stack>
  )
}
