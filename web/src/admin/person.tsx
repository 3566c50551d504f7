import { Anchor, Button, Group, Select, SimpleGrid, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'wouter'
import { api, query } from '../api/client.ts'
import { useUser } from '../api/use-login.ts'
import { download } from '../shared/download.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Problem } from '../shared/problem.tsx'
import { date, dateTime, number } from '../text/format.ts'
import { t as common } from '../text/index.ts'
import { AdminPage } from './admin-page.tsx'
import classes from './admin.module.css'
import { Confirm } from '../shared/confirm.tsx'
import { Erase } from './erase.tsx'
import { Mark } from './mark.tsx'
import { ResetLink } from './reset-link.tsx'
import { Holds, PlaceHold } from './retention/holds.tsx'
import { t as hold } from './retention/text.ts'
import { SessionRows } from './session-rows.tsx'
import { t } from './text.ts'
import type { Candidate, Person } from './types.ts'

const ROLES = ['student', 'teacher', 'admin'] as const

/** One account: what it is, what it did, and what an admin can do for it. */
export default function PersonPage () {
  const { userId } = useParams<{ userId: string }>()
  const found = query.useQuery('get', '/api/v1/admin/candidates/{userId}', { params: { path: { userId } } })
  return (
    <AdminPage title={found.data?.user.name ?? t('person')}>
      <Anchor component={Link} href='/admin/people'>{t('backToPeople')}</Anchor>
      <Loaded query={found}>{data => <Parts key={data.user.id} data={data} />}</Loaded>
    </AdminPage>
  )
}

function Parts ({ data: { user, sessions, attempts } }: { readonly data: Candidate }) {
  return (
    <Stack gap='lg' mt='md'>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Account key={`${user.name} ${user.role}`} user={user} />
        <Care user={user} />
      </SimpleGrid>
      <Holds userId={user.id} />
      <section aria-labelledby='sessions'>
        <Title order={2} id='sessions' mb='sm'>{t('page.sessions')}</Title>
        {sessions.length === 0 ? <Text className={classes['empty']}>{t('noSessionsOf')}</Text> : <SessionRows sessions={sessions} hasNames={false} />}
      </section>
      <section aria-labelledby='attempts'>
        <Title order={2} id='attempts' mb='sm'>{t('attempts')}</Title>
        {attempts.length === 0
          ? <Text className={classes['empty']}>{t('noAttemptsOf')}</Text>
          : (
            <Table className={classes['rows']} verticalSpacing='xs'>
              <Table.Thead>
                <Table.Tr>
                  {(['exam', 'started', 'handedIn', 'points'] as const).map(name => (
                    <Table.Th key={name} scope='col'>{t(`column.${name}`)}</Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {attempts.map(attempt => (
                  <Table.Tr key={attempt.id}>
                    <Table.Td>{attempt.examTitle}</Table.Td>
                    <Table.Td data-label={t('column.started')}>{dateTime(attempt.startedAtMs)}</Table.Td>
                    <Table.Td data-label={t('column.handedIn')}>{attempt.submittedAtMs === null ? t('stillOpen') : dateTime(attempt.submittedAtMs)}</Table.Td>
                    <Table.Td data-label={t('column.points')}>{attempt.points === null || attempt.points === undefined ? '–' : number(attempt.points, 2)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            )}
      </section>
    </Stack>
  )
}

/** The name and the role, changed with a button. */
function Account ({ user }: { readonly user: Person }) {
  const client = useQueryClient()
  const isMe = useUser()?.id === user.id
  const [name, setName] = useState(user.name)
  const [role, setRole] = useState(user.role)
  const [isBusy, setIsBusy] = useState(false)
  const [isAsking, setIsAsking] = useState(false)
  const [error, setError] = useState<Error>()
  const change = async () => {
    await api.PATCH('/api/v1/users/{userId}', {
      params: { path: { userId: user.id } },
      body: { ...(name !== user.name && { name }), ...(role !== user.role && { role }) }
    })
    await client.invalidateQueries()
  }
  const save = () => {
    if (role !== user.role) {
      setIsAsking(true)
      return
    }
    setIsBusy(true)
    setError(undefined)
    change().catch((error: Error) => setError(error)).finally(() => setIsBusy(false))
  }
  const isChanged = name !== user.name || role !== user.role
  return (
    <section className={classes['card']} aria-labelledby='account'>
      <Stack gap='sm'>
        <Title order={2} id='account'>{t('account')}</Title>
        <div>
          <Text className={classes['break'] ?? ''}>{user.email}</Text>
          <Text size='sm' c='dimmed'>{t('since', { date: date(user.createdAtMs) })}</Text>
          <Text size='sm' c='dimmed'>{t(user.hasFace ? 'hasFace' : 'hasNoFace')}</Text>
        </div>
        {user.disabledAtMs !== null && <Mark tone='notable'>{t('disabledSince', { time: dateTime(user.disabledAtMs) })}</Mark>}
        <TextInput label={common('name')} value={name} maxLength={100} onChange={event => setName(event.currentTarget.value)} />
        <Select
          label={t('column.role')} value={role} allowDeselect={false} disabled={isMe}
          description={isMe ? t('notYourself') : undefined}
          onChange={value => setRole(ROLES.find(one => one === value) ?? user.role)}
          data={ROLES.map(value => ({ value, label: common(`role.${value}`) }))}
        />
        {error !== undefined && <Problem error={error} />}
        <Group><Button disabled={!isChanged || name.trim() === ''} loading={isBusy} onClick={save}>{t('saveChanges')}</Button></Group>
      </Stack>
      {isAsking && (
        <Confirm title={t('roleTitle')} action={t('saveChanges')} onConfirm={change} onClose={() => setIsAsking(false)}>
          <Text>{t('roleWhat', { name: user.name, role: common(`role.${role}`) })}</Text>
        </Confirm>
      )}
    </section>
  )
}

type Step = 'reset' | 'logOut' | 'disable' | 'hold' | 'erase'

/** What can be done for the account; everything asks first. */
function Care ({ user }: { readonly user: Person }) {
  const client = useQueryClient()
  const isMe = useUser()?.id === user.id
  const [step, setStep] = useState<Step>()
  const close = () => setStep(undefined)
  const params = { path: { userId: user.id } }
  const isDisabled = user.disabledAtMs !== null
  const [isSaving, setIsSaving] = useState(false)
  const [error, setError] = useState<Error>()
  const save = () => {
    setIsSaving(true)
    setError(undefined)
    download(`/users/${user.id}/export`, `${user.id}.zip`)
      .catch((error: Error) => setError(error))
      .finally(() => setIsSaving(false))
  }
  return (
    <section className={classes['card']} aria-labelledby='care'>
      <Stack gap='sm'>
        <Title order={2} id='care'>{t('care')}</Title>
        <Row text={t('resetWhat')}><Button variant='default' onClick={() => setStep('reset')}>{t('reset')}</Button></Row>
        <Row text={t('logOutWhat')}><Button variant='default' onClick={() => setStep('logOut')}>{t('logOut')}</Button></Row>
        <Row text={isMe ? t('notYourself') : t(isDisabled ? 'enableWhat' : 'disableWhat')}>
          <Button variant='default' disabled={isMe} onClick={() => setStep('disable')}>{t(isDisabled ? 'enable' : 'disable')}</Button>
        </Row>
        <Row text={t('exportWhat')}>
          <Button variant='default' loading={isSaving} onClick={save}>{t('exportPerson')}</Button>
        </Row>
        {error !== undefined && <Problem error={error} />}
        <Row text={hold('placeWhat')}>
          <Button variant='default' onClick={() => setStep('hold')}>{hold('place')}</Button>
        </Row>
        <Row text={isMe ? t('notYourself') : t('eraseWhat')}>
          <Button variant='outline' color='red' disabled={isMe} onClick={() => setStep('erase')}>{t('erase')}</Button>
        </Row>
      </Stack>
      {step === 'reset' && <ResetLink user={user} onClose={close} />}
      {step === 'hold' && <PlaceHold user={user} onClose={close} />}
      {step === 'erase' && <Erase user={user} onClose={close} />}
      {step === 'logOut' && (
        <Confirm
          title={t('logOutTitle', { name: user.name })} action={t('logOut')} onClose={close}
          onConfirm={async () => await api.POST('/api/v1/users/{userId}/logout', { params })}
        >
          <Text>{t('logOutWhat')}</Text>
        </Confirm>
      )}
      {step === 'disable' && (
        <Confirm
          title={t(isDisabled ? 'enableTitle' : 'disableTitle', { name: user.name })}
          action={t(isDisabled ? 'enable' : 'disable')} onClose={close}
          onConfirm={async () => {
            await api.PATCH('/api/v1/users/{userId}', { params, body: { disabled: !isDisabled } })
            await client.invalidateQueries()
          }}
        >
          <Text>{t(isDisabled ? 'enableWhat' : 'disableWhat')}</Text>
        </Confirm>
      )}
    </section>
  )
}

function Row ({ text, children }: { readonly text: string, readonly children: React.ReactNode }) {
  return (
    <Group justify='space-between' align='center'>
      <Text size='sm' style={{ flex: '1 1 14rem' }}>{text}</Text>
      {children}
    </Group>
  )
}
