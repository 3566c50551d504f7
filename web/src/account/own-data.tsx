import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import { download } from '../shared/download.ts'
import { Problem } from '../shared/problem.tsx'
import { Card } from './card.tsx'
import { t } from './text.ts'

/** Everything that is stored about the person, as a file. */
export function OwnData ({ userId }: { readonly userId: string }) {
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const save = () => {
    setIsBusy(true)
    setError(undefined)
    download(`/users/${userId}/export`, 'my-data.zip')
      .catch((error: Error) => setError(error))
      .finally(() => setIsBusy(false))
  }
  return (
    <Card title={t('ownData')}>
      <Text size='sm'>{t('ownDataWhat')}</Text>
      {error !== undefined && <Problem error={error} />}
      <Group><Button variant='default' loading={isBusy} onClick={save}>{t('ownDataSave')}</Button></Group>
    </Card>
  )
}
