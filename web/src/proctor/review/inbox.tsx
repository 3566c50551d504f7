import { Anchor, Badge, Button, Group, SegmentedControl, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { PageTitle } from '../../shared/page-title.tsx'
import { dateTime, number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { ReviewTabs } from './tabs.tsx'
import { t } from './text.ts'

const SHOWN = ['unreviewed', 'in_review', 'decided', 'mine', 'appeals'] as const
type Shown = typeof SHOWN[number]
const PAGE = 25

/** Sessions to review. The filter stands in the address. */
export default function InboxPage () {
  useLanguage()
  const [search, setSearch] = useSearchParams()
  const wanted = search.get('show')
  const shown = SHOWN.find(name => name === wanted) ?? 'unreviewed'
  return (
    <Stack gap='lg'>
      <div>
        <PageTitle>{t('title')}</PageTitle>
        <Text c='dimmed'>{t('lead')}</Text>
      </div>
      <ReviewTabs current='sessions' />
      <SegmentedControl
        aria-label={t('show')} value={shown} onChange={show => setSearch({ show })} orientation='horizontal'
        data={SHOWN.map(value => ({ value, label: t(`show.${value}`) }))}
        styles={{ root: { flexWrap: 'wrap' } }} style={{ alignSelf: 'flex-start', maxWidth: '100%' }}
      />
      <Rows key={shown} shown={shown} />
    </Stack>
  )
}

/** One page of the list, and the next below it when it is asked for. */
function Rows ({ shown, after }: { readonly shown: Shown, readonly after?: string }) {
  const [hasMore, setHasMore] = useState(false)
  const sessions = query.useQuery('get', '/api/v1/reviews', {
    params: {
      query: {
        limit: PAGE,
        ...(after !== undefined && { after }),
        ...(shown === 'mine' ? { mine: true } : shown === 'appeals' ? { appeals: true } : { state: shown })
      }
    }
  }, { staleTime: 0 })
  return (
    <Loaded query={sessions}>
      {({ sessions, next }) => (
        <>
          {sessions.length === 0 && after === undefined && <Text role='status'>{t('empty')}</Text>}
          {sessions.length > 0 && (
            <Table.ScrollContainer minWidth={0}>
              <Table verticalSpacing='sm'>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope='col'>{t('candidate')}</Table.Th>
                    <Table.Th scope='col'>{t('risk')}</Table.Th>
                    <Table.Th scope='col'>{t('state')}</Table.Th>
                    <Table.Th scope='col' visibleFrom='sm'>{t('ended')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {sessions.map(({ id, userName, examTitle, riskScore, endedAtMs, review, appealState }) => (
                    <Table.Tr key={id}>
                      <Table.Td>
                        <Anchor component={Link} href={`/review/${id}`}>{userName}</Anchor>
                        <Text size='sm' c='dimmed'>{examTitle ?? t('noExam')}</Text>
                      </Table.Td>
                      <Table.Td>{number(riskScore, 1)}</Table.Td>
                      <Table.Td>
                        <Group gap='xs'>
                          <State text={review.decision === null
                            ? t(`state.${review.state}`)
                            : t(`decision.${review.decision}`)}
                          />
                          {appealState !== null && <State text={t(`appeal.${appealState}`)} />}
                        </Group>
                      </Table.Td>
                      <Table.Td visibleFrom='sm'>{endedAtMs === null ? '' : dateTime(endedAtMs)}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )}
          {next !== null && (hasMore
            ? <Rows shown={shown} after={next} />
            : <Button variant='default' onClick={() => setHasMore(true)}>{t('more')}</Button>)}
        </>
      )}
    </Loaded>
  )
}

export const State = ({ text }: { readonly text: string }) =>
  <Badge
    variant='outline' tt='none' color='gray' c='var(--mantine-color-text)' h='auto'
    styles={{ label: { whiteSpace: 'normal', overflow: 'visible' } }}
  >
    {text}
  </Badge>
