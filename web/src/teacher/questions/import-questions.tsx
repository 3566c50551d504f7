import { Alert, Button, Checkbox, FileInput, Group, Modal, Select, Stack, Table, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { authorizedFetch } from '../../api/login.ts'
import type { paths } from '../../api/schema.d.ts'
import { number } from '../../text/format.ts'
import { RefusalNote } from '../../shared/refusal.tsx'
import { useRefresh } from '../refresh.ts'
import { FORMATS, formatOf, type Format } from './file-format.ts'
import { tell } from '../tell.ts'
import { t } from './text.ts'

type Report = paths['/api/v1/exams/{examId}/questions/import']['post']['responses'][200]['content']['application/json']

interface Props {
  readonly examId: string
  onClose (): void
}

/** Adds the questions of a file, after a dry run that lists what was not understood. */
export function ImportQuestions ({ examId, onClose }: Props) {
  const refresh = useRefresh()
  const [file, setFile] = useState<File | null>(null)
  const [format, setFormat] = useState<Format>('csv')
  const [report, setReport] = useState<Report>()
  const [skipsProblems, setSkipsProblems] = useState(false)
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()

  // Looked through as soon as a file or another format is chosen.
  useEffect(() => {
    let isOld = false
    setReport(undefined)
    setError(undefined)
    if (file === null) return
    send(examId, file, { format, dryRun: 'true' }).then(
      report => { if (!isOld) setReport(report) }, (error: Error) => { if (!isOld) setError(error) }
    )
    return () => { isOld = true }
  }, [examId, file, format])

  const choose = async (file: File | null) => {
    setFile(file)
    if (file !== null) setFormat(formatOf(file.name, await file.slice(0, 4000).text()))
  }
  const add = async () => {
    if (file === null) return
    setIsBusy(true)
    setError(undefined)
    try {
      const { imported } = await send(examId, file, { format, skipProblems: String(skipsProblems) })
      await refresh('/api/v1/exams/{examId}/questions')
      tell(t('imported', { count: number(imported) }))
      onClose()
    } catch (error) {
      setError(error as Error)
      setIsBusy(false)
    }
  }
  const isClean = report?.problems.length === 0
  return (
    <Modal opened onClose={onClose} title={t('importTitle')} size='lg' closeButtonProps={{ 'aria-label': t('close') }}>
      <Stack>
        <Text size='sm'>{t('importWhat')}</Text>
        <Group align='flex-end'>
          <FileInput
            label={t('file')} placeholder={t('chooseFile')} value={file} flex='2 1 14rem'
            accept='.csv,.txt,.gift,.xml,.json,text/csv,text/plain,text/xml,application/json'
            onChange={file => { choose(file).catch((error: Error) => setError(error)) }}
          />
          <Select
            label={t('format')} value={format} allowDeselect={false} flex='1 1 10rem'
            data={FORMATS.map(value => ({ value, label: t(`format.${value}`) }))}
            onChange={value => setFormat(value as Format)}
          />
        </Group>
        {format === 'csv' && <Text size='sm' c='dimmed'>{t('csvColumns')}</Text>}
        {report !== undefined && (
          <Stack role='status' gap='sm'>
            <Text>{t('understood', { count: number(report.questions.length) })}</Text>
            {!isClean && (
              <Alert variant='outline' color='red' title={t('notUnderstood', { count: number(problemsIn(report)) })}>
                <Remarks remarks={report.problems} />
              </Alert>
            )}
            {report.notes.length > 0 && (
              <Alert variant='outline' title={t('leftOut', { count: number(report.notes.length) })}>
                <Remarks remarks={report.notes} />
              </Alert>
            )}
            {!isClean && report.questions.length > 0 && (
              <Checkbox
                label={t('skipProblems')} checked={skipsProblems}
                onChange={event => setSkipsProblems(event.currentTarget.checked)}
              />
            )}
          </Stack>
        )}
        {error !== undefined && <RefusalNote error={error} />}
        <Group justify='flex-end'>
          <Button variant='default' onClick={onClose}>{t('cancel')}</Button>
          <Button
            loading={isBusy} onClick={() => { add().catch(() => {}) }}
            disabled={report === undefined || report.questions.length === 0 || !(isClean || skipsProblems)}
          >
            {t('importYes', { count: number(report?.questions.length ?? 0) })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

const problemsIn = ({ problems, problemsOmitted }: Report): number => problems.length + problemsOmitted

function Remarks ({ remarks }: { readonly remarks: Report['problems'] }) {
  return (
    <Table verticalSpacing={4}>
      <Table.Thead>
        <Table.Tr><Table.Th scope='col'>{t('line')}</Table.Th><Table.Th scope='col'>{t('why')}</Table.Th></Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {remarks.slice(0, 100).map(({ line, text }, index) => (
          <Table.Tr key={index}><Table.Td>{number(line)}</Table.Td><Table.Td>{text}</Table.Td></Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** The file goes as it is, since the server counts its lines. */
async function send (examId: string, file: File, asked: Readonly<Record<string, string>>): Promise<Report> {
  const response = await authorizedFetch(new Request(
    `/api/v1/exams/${examId}/questions/import?${new URLSearchParams(asked)}`,
    { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: await file.arrayBuffer() }
  ))
  return await response.json() as Report
}
