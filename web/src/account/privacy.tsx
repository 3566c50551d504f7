import { List, Paper, Stack, Text, Title } from '@mantine/core'
import { api, dataOf } from '../api/client.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { Problem } from '../shared/problem.tsx'
import { Waiting } from '../shared/waiting.tsx'
import { language } from '../text/index.ts'
import { t } from './text.ts'
import { useAnswer } from './use-answer.ts'

const load = async () => await dataOf(api.GET('/api/v1/privacy', { params: { query: { lang: language() } } }))

/** What is watched and kept here, made by the server from its settings. */
export default function PrivacyPage () {
  const { data, error, read } = useAnswer(load)
  return (
    <Stack maw={760} mx='auto'>
      <PageTitle>{t('privacy')}</PageTitle>
      <Text>{t('privacyWhat')}</Text>
      {error !== undefined && <Problem error={error} onRetry={read} />}
      {data === undefined && error === undefined && <Waiting />}
      {data?.sections.map(({ key, title, sentences }) => (
        <Paper key={key} withBorder p='md' component='section' aria-labelledby={key}>
          <Title order={2} id={key} mb='xs'>{title}</Title>
          <List spacing={4}>{sentences.map(({ key, text }) => <List.Item key={key}>{text}</List.Item>)}</List>
        </Paper>
      ))}
    </Stack>
  )
}
