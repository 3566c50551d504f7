import { Button, FileButton, Group, List, Progress, Stack, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import { api, dataOf } from '../../api/client.ts'
import { number } from '../../text/format.ts'
import { RefusalNote } from '../../shared/refusal.tsx'
import type { Student } from '../types.ts'
import { readAddresses } from './addresses.ts'
import { t } from './text.ts'

interface Props {
  readonly assigned: ReadonlySet<string>
  readonly isBusy: boolean
  onAssign (ids: readonly string[]): void
}

interface Found {
  readonly students: readonly Student[]
  readonly unknown: readonly string[]
}

const AT_ONCE = 4

/** Assigns the students of a pasted list or a CSV file, after showing which addresses have no account. */
export function PastePeople ({ assigned, isBusy, onAssign }: Props) {
  const [text, setText] = useState('')
  const [done, setDone] = useState<number>()
  const [found, setFound] = useState<Found>()
  const [error, setError] = useState<Error>()
  const { addresses, unread } = readAddresses(text)
  const change = (text: string) => {
    setText(text)
    setFound(undefined)
  }
  const look = async () => {
    setError(undefined)
    setDone(0)
    try {
      setFound(await findAll(addresses, () => setDone(before => (before ?? 0) + 1)))
    } catch (error) {
      setError(error as Error)
    }
    setDone(undefined)
  }
  const fresh = found?.students.filter(({ id }) => !assigned.has(id)) ?? []
  return (
    <Stack>
      <Textarea
        label={t('list')} description={t('listWhat')} autosize minRows={5} maxRows={12} value={text}
        onChange={event => change(event.currentTarget.value)}
      />
      <Group>
        <FileButton
          accept='text/csv,text/plain,.csv,.txt'
          onChange={file => { file?.text().then(change, (error: Error) => setError(error)) }}
        >
          {props => <Button variant='default' {...props}>{t('listFile')}</Button>}
        </FileButton>
        <Button
          disabled={addresses.length === 0} loading={done !== undefined} onClick={() => { look().catch(() => {}) }}
        >
          {t('lookUp', { count: number(addresses.length) })}
        </Button>
      </Group>
      {done !== undefined && (
        <Progress value={addresses.length === 0 ? 0 : 100 * done / addresses.length} aria-label={t('looking')} />
      )}
      {unread.length > 0 && (
        <Lines
          title={t('unread', { count: number(unread.length) })} lines={unread.map(({ line, text }) => `${line}: ${text}`)}
        />
      )}
      {error !== undefined && <RefusalNote error={error} />}
      {found !== undefined && (
        <Stack role='status'>
          {found.unknown.length > 0 && (
            <Lines title={t('unknown', { count: number(found.unknown.length) })} lines={found.unknown} />
          )}
          <Text>
            {t('found', { count: number(found.students.length), fresh: number(fresh.length) })}
          </Text>
          <Button
            disabled={fresh.length === 0} loading={isBusy} w='fit-content'
            onClick={() => onAssign(fresh.map(({ id }) => id))}
          >
            {t('assignAll', { count: number(fresh.length) })}
          </Button>
        </Stack>
      )}
    </Stack>
  )
}

function Lines ({ title, lines }: { readonly title: string, readonly lines: readonly string[] }) {
  return (
    <div>
      <Text size='sm' fw={600}>{title}</Text>
      <List size='sm'>{lines.slice(0, 50).map(line => <List.Item key={line}>{line}</List.Item>)}</List>
      {lines.length > 50 && <Text size='sm'>…</Text>}
    </div>
  )
}

async function findAll (addresses: readonly string[], onDone: () => void): Promise<Found> {
  const students: Student[] = []
  const unknown: string[] = []
  const left = [...addresses]
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let address = left.shift(); address !== undefined; address = left.shift()) {
      const { users } = await dataOf(api.GET('/api/v1/users', {
        params: { query: { role: 'student', search: address, limit: 20 } }
      }))
      const student = users.find(({ email }) => email.toLowerCase() === address)
      if (student === undefined) unknown.push(address)
      else students.push(student)
      onDone()
    }
  }))
  return { students, unknown }
}
