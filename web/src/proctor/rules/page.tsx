import { NativeSelect, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useSearchParams } from 'wouter'
import { query } from '../../api/client.ts'
import type { paths } from '../../api/schema.d.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { PageTitle } from '../../shared/page-title.tsx'
import { number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { ReviewTabs } from '../review/tabs.tsx'
import classes from './rules.module.css'
import { t } from './text.ts'
import { useExams } from './use-exams.ts'

type Answer = paths['/api/v1/reviews/rules']['get']['responses'][200]['content']['application/json']
type Rule = Answer['rules'][number]
type Share = NonNullable<Rule['confirmedShare']>

const percent = (share: number): string => t('percent', { n: number(share * 100) })
const range = ({ low, high }: Share): string => t('range', { low: number(low * 100), high: number(high * 100) })

/** What people said of the incidents of each rule, as a picture and as a table. The exam stands in the address. */
export default function RulesPage () {
  const lang = useLanguage()
  const [search, setSearch] = useSearchParams()
  const examId = search.get('exam') ?? ''
  const exams = useExams()
  const rules = query.useQuery('get', '/api/v1/reviews/rules', {
    params: { query: { lang, ...(examId !== '' && { examId }) } }
  }, { staleTime: 0 })
  return (
    <Stack gap='lg'>
      <div>
        <PageTitle>{t('title')}</PageTitle>
        <Text c='dimmed'>{t('lead')}</Text>
      </div>
      <ReviewTabs current='rules' />
      <NativeSelect
        label={t('exam')} value={examId} style={{ alignSelf: 'flex-start' }} maw='100%'
        data={[{ value: '', label: t('allExams') }, ...exams.map(({ id, title }) => ({ value: id, label: title }))]}
        onChange={({ currentTarget: { value } }) => setSearch(value === '' ? {} : { exam: value })}
      />
      <Loaded query={rules}>
        {({ rules }) => (rules.length === 0
          ? <Text role='status'>{t('empty')}</Text>
          : (
            <>
              <Picture rules={rules} />
              <Judgments rules={rules} />
            </>
            ))}
      </Loaded>
    </Stack>
  )
}

/** One bar a rule. The table below says the same, so readers of screens skip it. */
function Picture ({ rules }: Answer) {
  const sorted = [...rules].sort((a, b) => (b.confirmedShare?.share ?? -1) - (a.confirmedShare?.share ?? -1))
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('picture')}>
      <Title order={2} mb='xs'>{t('picture')}</Title>
      <Text size='sm' c='dimmed' mb='md'>{t('pictureWhat')}</Text>
      <div className={classes['bars']} aria-hidden='true'>
        {sorted.map(({ kind, title, confirmedShare }) => (
          <div key={kind} className={classes['bar']}>
            <span>{title}</span>
            <span className={classes['track']}>
              {confirmedShare !== null && (
                <>
                  <span className={classes['share']} style={{ width: `${confirmedShare.share * 100}%` }} />
                  <span
                    className={classes['range']}
                    style={{
                      insetInlineStart: `${confirmedShare.low * 100}%`,
                      width: `${(confirmedShare.high - confirmedShare.low) * 100}%`
                    }}
                  />
                </>
              )}
            </span>
            <span className={classes['value']}>
              {confirmedShare === null ? t('none') : percent(confirmedShare.share)}
            </span>
          </div>
        ))}
      </div>
    </Paper>
  )
}

function Judgments ({ rules }: Answer) {
  return (
    <Stack gap='xs'>
      <Table.ScrollContainer minWidth={0}>
        <Table verticalSpacing='sm' captionSide='top'>
          <Table.Caption ta='left'>{t('table')}</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope='col'>{t('rule')}</Table.Th>
              <Table.Th scope='col'>{t('confirmed')}</Table.Th>
              <Table.Th scope='col'>{t('dismissed')}</Table.Th>
              <Table.Th scope='col'>{t('undecided')}</Table.Th>
              <Table.Th scope='col'>{t('share')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rules.map(({ kind, title, confirmed, dismissed, undecided, confirmedShare }) => (
              <Table.Tr key={kind}>
                <Table.Th scope='row' fw={400}>{title}</Table.Th>
                <Table.Td>{number(confirmed)}</Table.Td>
                <Table.Td>{number(dismissed)}</Table.Td>
                <Table.Td>{number(undecided)}</Table.Td>
                <Table.Td>
                  {confirmedShare === null
                    ? t('none')
                    : <>{percent(confirmedShare.share)} <Text span size='sm' c='dimmed'>({range(confirmedShare)})</Text></>}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size='sm' c='dimmed'>{t('undecidedWhat')}</Text>
    </Stack>
  )
}
