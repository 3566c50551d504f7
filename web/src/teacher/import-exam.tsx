import { Button, FileInput, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { PageError } from '../api/errors.ts'
import { request } from '../api/login.ts'
import { useRefresh } from './refresh.ts'
import { RefusalNote } from '../shared/refusal.tsx'
import { t } from './text.ts'
import type { Exam } from './types.ts'

/** Makes a draft from a file that an export wrote. */
export function ImportExam ({ onClose }: { onClose (): void }) {
  const refresh = useRefresh()
  const [, navigate] = useLocation()
  const [file, setFile] = useState<File | null>(null)
  const [error, setError] = useState<Error>()
  const [isBusy, setIsBusy] = useState(false)

  const send = async (file: File) => {
    setIsBusy(true)
    setError(undefined)
    try {
      const exam = await request<Exam>('POST', '/exams/import', parse(await file.text()))
      await refresh('/api/v1/exams')
      navigate(`/exams/${exam.id}/questions`)
    } catch (error) {
      setError(error as Error)
      setIsBusy(false)
    }
  }
  return (
    <Modal opened onClose={onClose} title={t('importTitle')} closeButtonProps={{ 'aria-label': t('cancel') }} centered>
      <Stack>
        <Text size='sm'>{t('importWhat')}</Text>
        <FileInput
          label={t('file')} placeholder={t('chooseFile')} accept='application/json,.json' value={file} onChange={setFile}
        />
        {error !== undefined && <RefusalNote error={error} />}
        <Group justify='flex-end'>
          <Button variant='default' onClick={onClose}>{t('cancel')}</Button>
          <Button
            disabled={file === null} loading={isBusy}
            onClick={() => { if (file !== null) send(file).catch(() => {}) }}
          >
            {t('import')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PageError(t('notJson'))
  }
}
