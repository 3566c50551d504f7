import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { newId, type WebhookEndpoint } from '../../../db/index.ts'
import { defined } from '../../../lib/defined.ts'
import { refuse } from '../../errors.ts'
import { accountOf } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { auditOf } from '../audit-of.ts'
import { readPage } from '../page.ts'
import {
  DeliveriesAnswer, DeliveriesQuery, DeliveryIdAnswer, DeliveryParams, ReplayAnswer, ReplayBody, SecretAnswer,
  WebhookBody, WebhookChange, WebhookMade, WebhookParams, WebhooksAnswer, WebhookSchema
} from './schemas.ts'

const tags = ['webhooks']
const ENDPOINTS_MAX = 20
const REPLAYED_MAX = 1000
/** How long a rotated secret is signed with beside the new one. */
const ROTATION_MS = 86_400_000

const view = ({ types, ...rest }: WebhookEndpoint) => ({ ...rest, types: [...types] })

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const {
    webhooks,
    services: { db, live: { now } }
  } = fastify
  const audit = auditOf(db, 'webhook')
  const config = { access: { roles: ['admin'] } } as const

  async function find (id: string): Promise<WebhookEndpoint> {
    const found = await db.webhooks.byId(id)
    if (found === undefined) throw refuse('INVIGIL_ERR_WEBHOOK_UNKNOWN')
    return found
  }
  async function check (url: string): Promise<void> {
    await webhooks.checkUrl(url).catch(() => { throw refuse('INVIGIL_ERR_WEBHOOK_ADDRESS') })
  }

  fastify.get('/', {
    config,
    prefixTrailingSlash: 'no-slash',
    schema: { tags, summary: 'The endpoints', response: { 200: WebhooksAnswer, ...refusals('guarded') } }
  }, async () => ({ webhooks: (await db.webhooks.list()).map(view) }))

  fastify.post('/', {
    config,
    prefixTrailingSlash: 'no-slash',
    schema: {
      tags,
      summary: 'Add an endpoint',
      description: 'The answer holds the secret, which is returned only once. docs/webhooks.md says what is sent.',
      body: WebhookBody,
      response: {
        201: WebhookMade,
        ...refusals('guarded', 'INVIGIL_ERR_WEBHOOK_ADDRESS', 'INVIGIL_ERR_WEBHOOKS_FULL')
      }
    }
  }, async (request, reply) => {
    const { url, types = [] } = request.body
    await check(url)
    const id = newId()
    const { text, sealed } = await webhooks.newSecret(id)
    const { id: createdBy } = accountOf(request)
    const webhook = await db.webhooks.create(
      { id, url, types, secret: sealed, createdBy, createdAtMs: now() }, ENDPOINTS_MAX
    )
    if (webhook === undefined) throw refuse('INVIGIL_ERR_WEBHOOKS_FULL', { values: { max: ENDPOINTS_MAX } })
    await audit(createdBy, 'webhook.create', id, { host: new URL(url).host, types })
    return await reply.code(201).send({ webhook: view(webhook), secret: text })
  })

  fastify.patch('/:webhookId', {
    config,
    schema: {
      tags,
      summary: 'Change an endpoint, or switch it off and on',
      params: WebhookParams,
      body: WebhookChange,
      response: {
        200: WebhookSchema,
        ...refusals('guarded', 'INVIGIL_ERR_WEBHOOK_UNKNOWN', 'INVIGIL_ERR_WEBHOOK_ADDRESS')
      }
    }
  }, async request => {
    const { url, types, isEnabled } = request.body
    const { id, disabledAtMs } = await find(request.params.webhookId)
    if (url !== undefined) await check(url)
    const switched = isEnabled === undefined || isEnabled === (disabledAtMs === null)
      ? {}
      : isEnabled
        ? { disabledAtMs: null, disabledReason: null }
        : { disabledAtMs: now(), disabledReason: 'admin' as const }
    await db.webhooks.change(id, { ...defined({ url, types }), ...switched })
    await audit(accountOf(request).id, 'webhook.change', id, defined({
      host: url === undefined ? undefined : new URL(url).host, types, isEnabled
    }))
    return view(await find(id))
  })

  fastify.delete('/:webhookId', {
    config,
    schema: {
      tags,
      summary: 'Remove an endpoint and the list of its deliveries',
      params: WebhookParams,
      response: { 204: Type.Null({ description: 'Removed' }), ...refusals('guarded', 'INVIGIL_ERR_WEBHOOK_UNKNOWN') }
    }
  }, async (request, reply) => {
    const { id } = await find(request.params.webhookId)
    if (await db.webhooks.delete(id)) await audit(accountOf(request).id, 'webhook.delete', id)
    return await reply.code(204).send(null)
  })

  fastify.post('/:webhookId/rotate', {
    config,
    schema: {
      tags,
      summary: 'Replace the secret',
      description: 'For a day, messages carry two signatures: of the new secret and of the one before it.',
      params: WebhookParams,
      response: { 200: SecretAnswer, ...refusals('guarded', 'INVIGIL_ERR_WEBHOOK_UNKNOWN') }
    }
  }, async request => {
    const { id } = await find(request.params.webhookId)
    const { text, sealed } = await webhooks.newSecret(id)
    const previousUntilMs = now() + ROTATION_MS
    if (!await db.webhooks.rotate(id, sealed, previousUntilMs)) throw refuse('INVIGIL_ERR_WEBHOOK_UNKNOWN')
    await audit(accountOf(request).id, 'webhook.rotate', id)
    return { secret: text, previousUntilMs }
  })

  fastify.post('/:webhookId/test', {
    config,
    schema: {
      tags,
      summary: 'Send a test message to an endpoint',
      params: WebhookParams,
      response: { 202: DeliveryIdAnswer, ...refusals('guarded', 'INVIGIL_ERR_WEBHOOK_UNKNOWN') }
    }
  }, async (request, reply) => {
    const { id } = await find(request.params.webhookId)
    const account = accountOf(request)
    const deliveryId = await db.webhooks.test(id, account.id, now())
    await audit(account.id, 'webhook.test', id)
    return await reply.code(202).send({ deliveryId })
  })

  fastify.get('/:webhookId/deliveries', {
    config,
    schema: {
      tags,
      summary: 'Deliveries to an endpoint, newest first',
      params: WebhookParams,
      querystring: DeliveriesQuery,
      response: { 200: DeliveriesAnswer, ...refusals('guarded', 'INVIGIL_ERR_WEBHOOK_UNKNOWN') }
    }
  }, async request => {
    const { before, limit } = request.query
    const { id } = await find(request.params.webhookId)
    const { rows: deliveries, next } = await readPage(limit, limit =>
      db.webhooks.deliveries(id, { limit, ...defined({ before }) })
    )
    return { deliveries, next }
  })

  fastify.post('/deliveries/:deliveryId/redeliver', {
    config,
    schema: {
      tags,
      summary: 'Send a message again',
      description: 'With the same id, so that a receiver which has it already can tell.',
      params: DeliveryParams,
      response: { 202: DeliveryIdAnswer, ...refusals('guarded', 'INVIGIL_ERR_DELIVERY_UNKNOWN') }
    }
  }, async (request, reply) => {
    const { deliveryId } = request.params
    const found = await db.webhooks.redeliver(deliveryId, now())
    if (found === undefined) throw refuse('INVIGIL_ERR_DELIVERY_UNKNOWN')
    await audit(accountOf(request).id, 'webhook.redeliver', found.endpointId, { deliveryId })
    return await reply.code(202).send({ deliveryId })
  })

  fastify.post('/:webhookId/replay', {
    config,
    schema: {
      tags,
      summary: 'Send the messages of a stretch of time again',
      description: 'Messages are kept for 30 days.',
      params: WebhookParams,
      body: ReplayBody,
      response: { 202: ReplayAnswer, ...refusals('guarded', 'INVIGIL_ERR_WEBHOOK_UNKNOWN') }
    }
  }, async (request, reply) => {
    const { fromMs, toMs } = request.body
    const { id } = await find(request.params.webhookId)
    const messages = await db.webhooks.replay(id, fromMs, toMs, now(), REPLAYED_MAX)
    await audit(accountOf(request).id, 'webhook.replay', id, { fromMs, toMs, messages })
    return await reply.code(202).send({ messages })
  })
}

export default routes
