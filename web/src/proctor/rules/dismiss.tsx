import { Button, Group, NativeSelect, NumberInput, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { api, dataOf, query } from '../../api/client.ts'
import type { paths } from '../../api/schema.d.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { PageTitle } from '../../shared/page-title.tsx'
import { Problem } from '../../shared/problem.tsx'
import { useLanguage } from '../../text/index.ts'
import { ReviewTabs } from '../review/tabs.tsx'
import { Sample } from './sample.tsx'
import { t } from './text.ts'
import { useExams } from './use-exams.ts'

type Body = paths['/api/v1/exams/{examId}/dismissals']['post']['requestBody']['content']['application/json']

const SECONDS_MAX = 3600

/**
 * Many incidents of one rule in one exam are dismissed in two steps: select and open the sample, then give the reason.
 * What was drawn stands in the address: `?exam=…&drawn=…`.
 */
export default function DismissPage () {
  useLanguage()
  const [search, setSearch] = useSearchParams()
  const [examId, drawnId] = [search.get('exam') ?? '', search.get('drawn') ?? '']
  return (
    <Stack gap='lg'>
      <div>
        <PageTitle>{t('dismissTitle')}</PageTitle>
        <Text c='dimmed' maw='70ch'>{t('dismissLead')}</Text>
      </div>
      <ReviewTabs current='dismiss' />
      {drawnId === ''
        ? <Select examId={examId} kind={search.get('kind') ?? ''} onDrawn={(exam, drawn) => setSearch({ exam, drawn })} />
        : <Drawn examId={examId} drawnId={drawnId} onEnd={() => setSearch({ exam: examId })} />}
    </Stack>
  )
}

interface SelectProps {
  readonly examId: string
  readonly kind: string
  onDrawn (examId: string, drawnId: string): void
}

function Select ({ onDrawn, ...wanted }: SelectProps) {
  const lang = useLanguage()
  const exams = useExams()
  const rules = query.useQuery('get', '/api/v1/policy/rules', { params: { query: { lang } } })
  const [examId, setExamId] = useState(wanted.examId)
  const [kind, setKind] = useState(wanted.kind)
  const [seconds, setSeconds] = useState<string | number>('')
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const kinds = (rules.data?.rules ?? []).map(({ kind, title }) => ({ value: kind as string, label: title }))
  const chosen = kind === '' ? kinds[0]?.value ?? '' : kind
  const draw = () => {
    setIsBusy(true)
    setError(undefined)
    const body = { kind: chosen as Body['kind'], ...(typeof seconds === 'number' && { belowMs: seconds * 1000 }) }
    dataOf(api.POST('/api/v1/exams/{examId}/dismissals', { params: { path: { examId } }, body }))
      .then(({ id }) => onDrawn(examId, id), (error: Error) => {
        setError(error)
        setIsBusy(false)
      })
  }
  return (
    <Stack align='flex-start' maw='100%'>
      <Group align='flex-start'>
        <NativeSelect
          label={t('exam')} value={examId} onChange={({ currentTarget: { value } }) => setExamId(value)}
          data={[{ value: '', label: t('chooseExam') }, ...exams.map(({ id, title }) => ({ value: id, label: title }))]}
        />
        <NativeSelect
          label={t('rule')} value={chosen} data={kinds} onChange={({ currentTarget: { value } }) => setKind(value)}
        />
        <NumberInput
          label={t('below')} description={t('belowWhat')} inputWrapperOrder={['label', 'input', 'description']}
          value={seconds} onChange={setSeconds} min={1} max={SECONDS_MAX} allowDecimal={false} clampBehavior='strict'
        />
      </Group>
      {error !== undefined && <Problem error={error} />}
      <Button loading={isBusy} disabled={examId === '' || chosen === ''} onClick={draw}>{t('drawSample')}</Button>
    </Stack>
  )
}

interface DrawnProps {
  readonly examId: string
  readonly drawnId: string
  onEnd (): void
}

function Drawn ({ examId, drawnId: dismissalId, onEnd }: DrawnProps) {
  const lang = useLanguage()
  const drawn = query.useQuery('get', '/api/v1/exams/{examId}/dismissals/{dismissalId}', {
    params: { path: { examId, dismissalId } }, headers: { 'accept-language': lang }
  }, { staleTime: 0, refetchOnWindowFocus: true })
  return (
    <Loaded query={drawn}>
      {data => <Sample drawn={data} onChanged={async () => { await drawn.refetch() }} onEnd={onEnd} />}
    </Loaded>
  )
}
