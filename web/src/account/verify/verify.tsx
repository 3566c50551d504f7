import { Alert, Button, FileButton, List, Loader, Paper, Stack, Text, Title } from '@mantine/core'
import { useEffect, useState, type DragEvent } from 'react'
import {
  verifyReport, type PublicKey, type ReportProblem, type Verification
} from '../../../../lib/signed-report/verify.ts'
import { PageTitle } from '../../shared/page-title.tsx'
import { dateTime, number } from '../../text/format.ts'
import { useLanguage } from '../../text/index.ts'
import { t } from './text.ts'
import styles from './verify.module.css'

const KEYS = '/.well-known/invigil-keys.json'
const COLORS = { genuine: 'green', unknown_key: 'orange', changed: 'red' } as const

/** Checks a report in the browser. The keys of this server come with the page; after that nothing is requested. */
export default function VerifyPage () {
  useLanguage()
  const [keys, setKeys] = useState<readonly PublicKey[] | 'failed'>()
  const [state, setState] = useState<'idle' | 'working' | 'failed' | Verification>('idle')
  const [isOver, setIsOver] = useState(false)
  useEffect(() => { loadKeys().then(setKeys, () => setKeys('failed')) }, [])
  const check = (file: File | null | undefined) => {
    if (file == null) return
    setState('working')
    file.arrayBuffer()
      .then(async content => await verifyReport(new Uint8Array(content), Array.isArray(keys) ? keys : []))
      .then(setState, () => setState('failed'))
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setIsOver(false)
    check(event.dataTransfer.files[0])
  }
  return (
    <Stack maw={760} mx='auto' gap='lg'>
      <div>
        <PageTitle>{t('title')}</PageTitle>
        <Text c='dimmed'>{t('lead')}</Text>
      </div>
      {keys === 'failed' && <Alert variant='outline' color='orange' role='status'>{t('noKeys')}</Alert>}
      <Stack
        className={styles['drop']!} align='center' gap='xs' {...(isOver && { 'data-over': true })}
        onDragOver={event => { event.preventDefault(); setIsOver(true) }} onDragLeave={() => setIsOver(false)}
        onDrop={drop}
      >
        <FileButton accept='.zip,application/zip' onChange={check}>
          {props => (
            <Button {...props} disabled={keys === undefined || state === 'working'}>
              {t(typeof state === 'object' ? 'again' : 'choose')}
            </Button>
          )}
        </FileButton>
        <Text size='sm' c='dimmed'>{t('drop')}</Text>
      </Stack>
      <div aria-live='polite'>
        {state === 'working' && <Text><Loader size='xs' component='span' mr='xs' />{t('working')}</Text>}
        {state === 'failed' && <Alert role='alert' variant='outline' color='red'>{t('failed')}</Alert>}
        {typeof state === 'object' && <Outcome {...state} />}
      </div>
    </Stack>
  )
}

function Outcome ({ verdict, problems, ...found }: Verification) {
  // Somebody chose another file; all that a report holds would be listed as missing.
  if (problems.some(({ code }) => code === 'not_zip')) {
    return <Alert variant='outline' color='orange' title={t('noReport')}>{t('noReportWhat')}</Alert>
  }
  return (
    <Stack>
      <Alert variant='outline' color={COLORS[verdict]} title={t(verdict)}>
        <Text>{t(`${verdict}What`)}</Text>
        {problems.length > 0 && (
          <List mt='xs'>
            {problems.map((problem, index) => (
              <List.Item key={index}><b>{nameOf(problem)}</b>: {t(`problem.${problem.code}`)}</List.Item>
            ))}
          </List>
        )}
      </Alert>
      {verdict !== 'changed' && <Facts isGenuine={verdict === 'genuine'} {...found} />}
    </Stack>
  )
}

type FactsProps = Omit<Verification, 'verdict' | 'problems'> & { readonly isGenuine: boolean }

/** What the report says, where this server signed it: anybody may have written another one. */
function Facts ({ isGenuine, report, kid, sha256, entries, withoutDetail }: FactsProps) {
  const counts = { entries: number(entries), without: number(withoutDetail) }
  const facts = [
    ...(isGenuine ? said(report as unknown as Report) : []),
    [t('log'), t(withoutDetail === 0 ? 'logEntries' : 'logWithout', counts)],
    [t('key'), kid],
    [t('sha256'), sha256]
  ]
  return (
    <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('facts')}>
      <Title order={2} size='h4' mb='xs'>{t('facts')}</Title>
      <dl className={styles['facts']}>
        {facts.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} `}>{value}</dd>])}
      </dl>
    </Paper>
  )
}

const said = ({ candidate, exam, issuedAtMs, decision, issuer }: Report) => [
  [t('candidate'), candidate.name],
  [t('exam'), exam?.title ?? t('none')],
  [t('issued'), issuer.isSelfIssued ? `${dateTime(issuedAtMs)} (${t('selfIssued')})` : dateTime(issuedAtMs)],
  [t('decision'), decision === null ? t('none') : t(`decision.${decision}`)]
]

/** What this page reads of `report.json`, whose signature was checked. */
interface Report {
  readonly candidate: { readonly name: string }
  readonly exam: { readonly title: string } | null
  readonly issuedAtMs: number
  readonly decision: 'clear' | 'concern' | 'technical' | null
  readonly issuer: { readonly isSelfIssued: boolean }
}

const nameOf = ({ file, entry }: ReportProblem): string =>
  entry === undefined ? file : t('entry', { file, entry })

async function loadKeys (): Promise<readonly PublicKey[]> {
  const response = await fetch(KEYS)
  if (!response.ok) throw new Error(`keys: ${response.status}`)
  return (await response.json() as { readonly keys: readonly PublicKey[] }).keys
}
