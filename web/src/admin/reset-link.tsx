import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { api, dataOf } from '../api/client.ts'
import { Problem } from '../shared/problem.tsx'
import { dateTime } from '../text/format.ts'
import { LinkToCopy } from './link-to-copy.tsx'
import { t } from './text.ts'
import type { Person } from './types.ts'

/** Makes the link by which a person sets a new password. */
export function ResetLink ({ user, onClose }: { readonly user: Person, onClose (): void }) {
  const [made, setMade] = useState<{ readonly link: string, readonly expiresAtMs: number }>()
  const [isBusy, setIsBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const make = () => {
    setIsBusy(true)
    setError(undefined)
    dataOf(api.POST('/api/v1/users/{userId}/password-link', { params: { path: { userId: user.id } }, body: {} }))
      .then(setMade, (error: Error) => setError(error))
      .finally(() => setIsBusy(false))
  }
  return (
    <Modal
      opened onClose={onClose} centered title={t('resetTitle', { name: user.name })}
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      <Stack>
        {made === undefined
          ? <Text>{t('resetHow')}</Text>
          : (
            <>
              <Text>{t('resetMade', { name: user.name, time: dateTime(made.expiresAtMs) })}</Text>
              <LinkToCopy link={made.link} />
            </>
            )}
        {error !== undefined && <Problem error={error} />}
        <Group justify='flex-end'>
          <Button variant='default' onClick={onClose}>{t(made === undefined ? 'cancel' : 'done')}</Button>
          {made === undefined && <Button loading={isBusy} onClick={make}>{t('resetMake')}</Button>}
        </Group>
      </Stack>
    </Modal>
  )
}
