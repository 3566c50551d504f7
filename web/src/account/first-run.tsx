import { Anchor, Code, List, Paper, Stack, Text } from '@mantine/core'
import { Link } from 'wouter'
import { api, dataOf } from '../api/client.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { t } from './text.ts'
import { useAnswer } from './use-answer.ts'

const load = async () => await dataOf(api.GET('/api/v1/first-run'))

/** What to do on a new installation, until the first admin has logged in. */
export default function FirstRunPage () {
  const { data } = useAnswer(load)
  return (
    <Paper withBorder p='lg' maw={640} mx='auto' mt='md'>
      <PageTitle>{t('firstRun')}</PageTitle>
      <Stack>
        {data?.hasAdmin === true && <Text>{t('firstRunOver')}</Text>}
        <List type='ordered' spacing='md'>
          <List.Item>
            {t('firstAdmin')}
            <Code block mt='xs' style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>npm run --silent invigil -- user add --role admin you@example.org</Code>
          </List.Item>
          <List.Item>{t('firstLogin')} <Anchor component={Link} href='/login' underline='always'>{t('toLogin')}</Anchor></List.Item>
          <List.Item>{t('firstPeople')} {data !== undefined && t(`signup.${data.signup}`)}</List.Item>
          <List.Item>
            {t('firstDemo')}
            <Code block mt='xs' style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>npm run demo</Code>
          </List.Item>
        </List>
      </Stack>
    </Paper>
  )
}
