import { Button, Checkbox, Group, Modal, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { paths } from '../../api/schema.d.ts'
import { api, dataOf, query } from '../../api/client.ts'
import { Loaded } from '../../shared/loaded.tsx'
import { date, number } from '../../text/format.ts'
import { AdminPage } from '../admin-page.tsx'
import classes from '../admin.module.css'
import { Confirm } from '../../shared/confirm.tsx'
import { LinkToCopy } from '../link-to-copy.tsx'
import { Mark } from '../mark.tsx'
import { t as admin } from '../text.ts'
import { Deliveries } from './deliveries.tsx'
import { t } from './text.ts'

const PATH = '/api/v1/webhooks'
const DAY_MS = 86_400_000

type Webhook = paths[typeof PATH]['get']['responses'][200]['content']['application/json']['webhooks'][number]
type Body = paths[typeof PATH]['post']['requestBody']['content']['application/json']
type WebhookType = NonNullable<Body['types']>[number]

/** Every type that an endpoint can be told; the compiler checks the names. */
const TYPES: readonly WebhookType[] = [
  'session.started', 'session.paused', 'session.resumed', 'session.ended', 'incident.opened', 'incident.closed',
  'attempt.submitted', 'attempt.graded', 'review.decided', 'appeal.opened', 'appeal.answered', 'appeal.decided',
  'recording.ready', 'recording.deleted', 'report.issued', 'retention.deleted'
]

/** Other systems that are told of what happens. */
export default function WebhooksPage () {
  const found = query.useQuery('get', PATH, {})
  const [isAdding, setIsAdding] = useState(false)
  const [secret, setSecret] = useState<string>()
  return (
    <AdminPage
      title={admin('page.webhooks')} aside={<Button onClick={() => setIsAdding(true)}>{t('add')}</Button>}
    >
      <Text mb='md' c='dimmed'>{t('what')}</Text>
      <Loaded query={found}>
        {({ webhooks }) => webhooks.length === 0
          ? <Text className={classes['empty']}>{t('none')}</Text>
          : (
            <Stack>
              {webhooks.map(webhook => <Endpoint key={webhook.id} webhook={webhook} onSecret={setSecret} />)}
            </Stack>
            )}
      </Loaded>
      {isAdding && <Add onClose={() => setIsAdding(false)} onSecret={setSecret} />}
      {secret !== undefined && (
        <Modal
          opened onClose={() => setSecret(undefined)} title={t('secretTitle')} centered size='lg' closeOnClickOutside={false}
          closeButtonProps={{ 'aria-label': t('done') }}
        >
          <Stack>
            <Text>{t('secretWhat')}</Text>
            <LinkToCopy label={t('secret')} link={secret} />
            <Group justify='flex-end'><Button onClick={() => setSecret(undefined)}>{t('done')}</Button></Group>
          </Stack>
        </Modal>
      )}
    </AdminPage>
  )
}

const useRefresh = () => {
  const client = useQueryClient()
  return async () => await client.invalidateQueries({ queryKey: ['get', PATH] })
}

function Add ({ onClose, onSecret }: { onClose (): void, onSecret (secret: string): void }) {
  const refresh = useRefresh()
  const [url, setUrl] = useState('')
  const [types, setTypes] = useState<string[]>([])
  const add = async () => {
    const { secret } = await dataOf(api.POST(PATH, { body: { url: url.trim(), types: types as WebhookType[] } }))
    onSecret(secret)
    await refresh()
  }
  return (
    <Confirm title={t('add')} action={t('add')} isDisabled={url.trim() === ''} onConfirm={add} onClose={onClose}>
      <TextInput
        label={t('url')} description={t('urlWhat')} type='url' placeholder='https://' value={url}
        onChange={event => setUrl(event.currentTarget.value)}
      />
      <Checkbox.Group label={t('types')} description={t('typesWhat')} value={types} onChange={setTypes}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing='xs' mt='xs'>
          {TYPES.map(type => <Checkbox key={type} value={type} label={<code>{type}</code>} />)}
        </SimpleGrid>
      </Checkbox.Group>
    </Confirm>
  )
}

type Step = 'off' | 'rotate' | 'remove'

function Endpoint ({ webhook, onSecret }: { readonly webhook: Webhook, onSecret (secret: string): void }) {
  const refresh = useRefresh()
  const [step, setStep] = useState<Step>()
  const [isOpen, setIsOpen] = useState(false)
  const [said, setSaid] = useState('')
  const { id, url, types, disabledAtMs, disabledReason, createdAtMs } = webhook
  const params = { path: { webhookId: id } }
  const { host } = new URL(url)
  const isOff = disabledAtMs !== null
  const newest = query.useQuery('get', `${PATH}/{webhookId}/deliveries`, { params: { ...params, query: { limit: 5 } } })
  const tried = newest.data?.deliveries.find(({ attempts }) => attempts > 0)
  const isTrying = tried !== undefined && tried.state !== 'done'
  const reason = disabledReason === null ? 'disabled' as const : `reason.${disabledReason}` as const
  const standing = isOff ? reason : isTrying ? 'trying' : 'enabled'
  const say = (work: Promise<string>) => { work.then(setSaid, (error: Error) => setSaid(error.message)) }
  const enable = async (isEnabled: boolean) => {
    await api.PATCH('/api/v1/webhooks/{webhookId}', { params, body: { isEnabled } })
    await refresh()
  }
  const test = async () => {
    await api.POST('/api/v1/webhooks/{webhookId}/test', { params })
    await refresh()
    return t('tested')
  }
  const replay = async () => {
    const toMs = Date.now()
    const { messages } = await dataOf(
      api.POST('/api/v1/webhooks/{webhookId}/replay', { params, body: { fromMs: toMs - DAY_MS, toMs } })
    )
    await refresh()
    return t('replayed', { count: number(messages) })
  }
  const handlers = {
    off: async () => await enable(false),
    rotate: async () => {
      onSecret((await dataOf(api.POST('/api/v1/webhooks/{webhookId}/rotate', { params }))).secret)
    },
    remove: async () => {
      await api.DELETE('/api/v1/webhooks/{webhookId}', { params })
      await refresh()
    }
  }
  const words = {
    off: ['switchOffTitle', 'switchOff', 'switchOffWhat'],
    rotate: ['rotateTitle', 'rotate', 'rotateWhat'],
    remove: ['removeTitle', 'remove', 'removeWhat']
  } as const
  return (
    <section className={classes['card']} aria-labelledby={id}>
      <Stack gap='sm'>
        <Group justify='space-between'>
          <Title order={2} id={id} className={classes['break'] ?? ''}>{url}</Title>
          <Mark tone={isOff || isTrying ? 'notable' : 'well'}>{t(standing)}</Mark>
        </Group>
        <Text size='sm'>{types.length === 0 ? t('all') : types.join(', ')}</Text>
        <Text size='sm' c='dimmed'>{t('since', { date: date(createdAtMs) })}</Text>
        <Group gap='xs'>
          <Button variant='default' aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            {t(isOpen ? 'hideDeliveries' : 'deliveries')}
          </Button>
          <Button variant='default' disabled={isOff} onClick={() => say(test())}>{t('test')}</Button>
          <Button variant='default' disabled={isOff} onClick={() => say(replay())}>{t('replay')}</Button>
          <Button variant='default' onClick={() => setStep('rotate')}>{t('rotate')}</Button>
          {isOff
            ? <Button variant='default' onClick={() => say(enable(true).then(() => ''))}>{t('switchOn')}</Button>
            : <Button variant='default' onClick={() => setStep('off')}>{t('switchOff')}</Button>}
          <Button variant='outline' color='red' onClick={() => setStep('remove')}>{t('remove')}</Button>
        </Group>
        <Text size='sm' role='status'>{said}</Text>
        {isOpen && <Deliveries webhookId={id} />}
      </Stack>
      {step !== undefined && (
        <Confirm
          title={t(words[step][0], { host })} action={t(words[step][1])} isDangerous={step === 'remove'}
          onConfirm={async () => await handlers[step]()} onClose={() => setStep(undefined)}
        >
          <Text>{t(words[step][2])}</Text>
        </Confirm>
      )}
    </section>
  )
}
