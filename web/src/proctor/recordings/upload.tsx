import { Anchor, Button, FileButton, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { api, dataOf } from '../../api/client.ts'
import { Problem } from '../../shared/problem.tsx'
import { t } from './text.ts'

const TYPES = ['video/webm', 'video/mp4'] as const

interface Props {
  readonly sessionId: string
  onUploaded (): Promise<unknown>
}

/** Adds a recording that was made elsewhere to a session. */
export function Upload ({ sessionId, onUploaded }: Props) {
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const [uploadedId, setUploadedId] = useState<string>()
  const upload = (file: File | null) => {
    if (file === null) return
    setIsBusy(true)
    setError(undefined)
    dataOf(api.POST('/api/v1/sessions/{sessionId}/recordings', {
      params: { path: { sessionId } },
      headers: { 'content-type': file.type },
      body: file as never,
      bodySerializer: () => file
    }))
      .then(async ({ id }) => {
        setUploadedId(id)
        await onUploaded()
      })
      .catch((error: Error) => setError(error))
      .finally(() => setIsBusy(false))
  }
  return (
    <Stack gap='xs' align='flex-start'>
      <FileButton accept={TYPES.join(',')} onChange={upload}>
        {props => <Button {...props} variant='default' size='xs' loading={isBusy}>{t('upload')}</Button>}
      </FileButton>
      <Text size='sm' c='dimmed'>{t('uploadWhat')}</Text>
      {error !== undefined && <Problem error={error} />}
      {uploadedId !== undefined && (
        <Text role='status'>
          {t('uploaded')} <Anchor component={Link} href={`/recordings/${uploadedId}`}>{t('uploadedOpen')}</Anchor>
        </Text>
      )}
    </Stack>
  )
}
