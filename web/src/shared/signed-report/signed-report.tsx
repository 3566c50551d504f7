import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { api, dataOf } from '../../api/client.ts'
import { language, useLanguage } from '../../text/index.ts'
import { download } from '../download.ts'
import { Problem } from '../problem.tsx'
import { t } from './text.ts'

interface Props {
  readonly sessionId: string
  /** As the headings around it. */
  readonly order: 2 | 3
}

/** Issues a report in the language of the page, and saves it. */
export function SignedReport ({ sessionId, order }: Props) {
  useLanguage()
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const save = async () => {
    setIsBusy(true)
    setError(undefined)
    try {
      const { id } = await dataOf(api.POST('/api/v1/sessions/{sessionId}/signed-reports', {
        params: { path: { sessionId } }, body: { language: language() }
      }))
      await download(`/sessions/${sessionId}/signed-reports/${id}`, `report-${id}.zip`)
    } catch (error) {
      setError(error as Error)
    } finally {
      setIsBusy(false)
    }
  }
  return (
    <Stack gap='xs' component='section' aria-label={t('title')}>
      <Title order={order} size={order === 3 ? 'h4' : 'h2'}>{t('title')}</Title>
      <Text>{t('what')}</Text>
      {error !== undefined && <Problem error={error} />}
      <Group>
        <Button variant='default' loading={isBusy} onClick={() => { save().catch(() => {}) }}>{t('download')}</Button>
        <Anchor component={Link} href='/verify'>{t('check')}</Anchor>
      </Group>
    </Stack>
  )
}
