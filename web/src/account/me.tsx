import { SimpleGrid, Stack } from '@mantine/core'
import { query } from '../api/client.ts'
import { Loaded } from '../shared/loaded.tsx'
import { PageTitle } from '../shared/page-title.tsx'
import { useLanguage } from '../text/index.ts'
import { Logins } from './logins.tsx'
import { OwnData } from './own-data.tsx'
import { OwnFace } from './own-face.tsx'
import { OwnPassword } from './own-password.tsx'
import { Profile } from './profile.tsx'
import { t } from './text.ts'

/** A person's own account. */
export default function MePage () {
  useLanguage()
  const me = query.useQuery('get', '/api/v1/auth/me', {})
  return (
    <>
      <PageTitle>{t('me')}</PageTitle>
      <Loaded query={me}>
        {user => (
          <Stack>
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              <Profile user={user} />
              <OwnPassword email={user.email} />
            </SimpleGrid>
            <OwnFace />
            <Logins />
            <OwnData userId={user.id} />
          </Stack>
        )}
      </Loaded>
    </>
  )
}
