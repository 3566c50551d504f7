import { Alert, Anchor, Button, Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link, useParams } from 'wouter'
import { api, query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { PageTitle } from '../../shared/page-title.tsx'
import { Problem } from '../../shared/problem.tsx'
import { SignedReport } from '../../shared/signed-report/signed-report.tsx'
import { dateTime, number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { SessionRecordings } from '../recordings/session-recordings.tsx'
import { Appeal } from './appeal.tsx'
import { Decide } from './decide.tsx'
import { Hold } from './hold.tsx'
import { Incidents } from './incidents.tsx'
import { State } from './inbox.tsx'
import { Notes } from './notes.tsx'
import { Storyboard } from './storyboard.tsx'
import { t } from './text.ts'
import type { Part, Review } from './types.ts'

/** One session after its exam: what was noted, what people say of it, and the decision. */
export default function ReviewPage () {
  useLanguage()
  const { sessionId = '' } = useParams()
  const path = { params: { path: { sessionId } } }
  const file = query.useQuery('get', '/api/v1/reviews/{sessionId}', path, { staleTime: 0 })
  const me = query.useQuery('get', '/api/v1/auth/me')
  const [error, setError] = useState<Error>()
  const run = async (act: () => Promise<unknown>): Promise<void> => {
    setError(undefined)
    try {
      await act()
    } finally {
      await file.refetch()
    }
  }
  /** For acts without a dialog of their own, which would show the refusal. */
  const runShown = (act: () => Promise<unknown>) => { run(act).catch((error: Error) => setError(error)) }
  return (
    <Loaded query={file}>
      {file => {
        const { review, session } = file
        const isMine = review.claimedBy !== null && review.claimedBy === me.data?.id
        const part: Part = { file, isMine, run, runShown }
        const time = review.claimedUntilMs === null ? '' : dateTime(review.claimedUntilMs)
        // The server would refuse the decision of the others.
        const mayDecide = review.isDisputed
          ? me.data?.role === 'admin'
          : file.decisions.every(({ by }) => by.id !== me.data?.id)
        return (
          <Stack gap='lg' maw={960} mx='auto'>
            <Anchor component={Link} href='/review'>{t('back')}</Anchor>
            <div>
              <PageTitle trail={[session.userName, t('title')]}>{session.userName}</PageTitle>
              <Group gap='xs'>
                <Text c='dimmed'>{session.examTitle ?? t('noExam')} · {dateTime(session.startedAtMs)}</Text>
                <State text={review.decision === null
                  ? t(`state.${review.state}`)
                  : t(`decision.${review.decision}`)}
                />
              </Group>
            </div>
            {error !== undefined && <Problem error={error} />}
            {review.state !== 'decided' && (
              <Alert variant='outline' color='blue' role='status'>
                <Stack gap='xs' align='flex-start'>
                  {review.isDisputed && <Text>{t('disputed')}</Text>}
                  {!review.isDisputed && file.decisions.length === 1 && <Text>{t('secondNext')}</Text>}
                  {isMine
                    ? (
                      <Group>
                        <Text>{t('claimedMine', { time })}</Text>
                        <Button
                          size='xs' variant='default'
                          onClick={() => runShown(() => api.DELETE('/api/v1/reviews/{sessionId}/claim', path))}
                        >
                          {t('giveBack')}
                        </Button>
                      </Group>
                      )
                    : review.claimedBy !== null
                      ? <Text>{t('claimedOther', { name: review.claimedByName ?? t('someone'), time })}</Text>
                      : mayDecide && (
                        <>
                          <Text>{t('claimWhat')}</Text>
                          <Button onClick={() => runShown(() => api.POST('/api/v1/reviews/{sessionId}/claim', path))}>
                            {t('claim')}
                          </Button>
                        </>
                      )}
                </Stack>
              </Alert>
            )}
            <Hold session={session} />
            <Scores scores={file.scores} />
            <SessionRecordings sessionId={session.id} />
            <Storyboard sessionId={session.id} incidents={file.incidents} />
            <Incidents {...part} />
            <Appeal {...part} />
            <Decide {...part} />
            <Notes {...part} />
            <SignedReport sessionId={session.id} order={2} />
          </Stack>
        )
      }}
    </Loaded>
  )
}

function Scores ({ scores: { all, remaining } }: Pick<Review, 'scores'>) {
  const rows = [
    ['risk', all.riskScore, remaining.riskScore],
    ['trust', all.trustScore, remaining.trustScore],
    ['compliance', all.complianceScore, remaining.complianceScore]
  ] as const
  const shown = (value: number | null) => value === null ? t('notEnough') : number(value, 1)
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('scores')}>
      <Title order={2} mb='xs'>{t('scores')}</Title>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            <Table.Th scope='col'>{t('withAll')}</Table.Th>
            <Table.Th scope='col'>{t('withoutDismissed')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([name, before, after]) => (
            <Table.Tr key={name}>
              <Table.Th scope='row'>{t(name)}</Table.Th>
              <Table.Td>{shown(before)}</Table.Td>
              <Table.Td>{shown(after)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  )
}
