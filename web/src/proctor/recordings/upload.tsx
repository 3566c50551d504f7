import { Anchor, Button, FileButton, Progress, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { uploadFile } from '../../api/upload.ts'
import { Problem } from '../../shared/problem.tsx'
import { t } from './text.ts'

const TYPES = ['video/webm', 'video/mp4'] as const

interface Props {
  readonly sessionId: string
  onUploaded (): Promise<unknown>
}

/** Adds a recording that was made elsewhere to a session. */
export function Upload ({ sessionId, onUploaded }: Props) {
  /** The share that was sent, while a file is under way. */
  const [sent, setSent] = useState<number>()
  const [error, setError] = useState<Error>()
  const [uploadedId, setUploadedId] = useState<string>()
  const upload = (file: File | null) => {
    if (file === null) return
    setSent(0)
    setError(undefined)
    uploadFile<{ readonly id: string }>(`/sessions/${sessionId}/recordings`, file, setSent)
      .then(async ({ id }) => {
        setUploadedId(id)
        await onUploaded()
      })
      .catch((error: Error) => setError(error))
      .finally(() => setSent(undefined))
  }
  return (
    <Stack gap='xs' align='flex-start'>
      <FileButton accept={TYPES.join(',')} onChange={upload}>
        {props => <Button {...props} variant='default' size='xs' loading={sent !== undefined}>{t('upload')}</Button>}
      </FileButton>
      <Text size='sm' c='dimmed'>{t('uploadWhat')}</Text>
      {sent !== undefined && (
        <Progress w='100%' maw={320} value={100 * sent} aria-label={t('uploading')} />
      )}
      {sent === 1 && <Text size='sm' role='status'>{t('uploadRead')}</Text>}
      {error !== undefined && <Problem error={error} />}
      {uploadedId !== undefined && (
        <Text role='status'>
          {t('uploaded')} <Anchor component={Link} href={`/recordings/${uploadedId}`}>{t('uploadedOpen')}</Anchor>
        </Text>
      )}
    </Stack>
  )
}
