import fp from 'fastify-plugin'
import type { Database } from '../../db/index.ts'
import type { Config } from '../config.ts'
import { openFaceKey } from '../secrets/face-key.ts'
import { newSecret, seal, secretText, webhookKeyOf } from './secrets.ts'
import { resolveTarget } from './target.ts'
import { createWorker, type Worker } from './worker.ts'

export interface WebhookOptions {
  readonly db: Pick<Database, 'webhooks' | 'audit'>
  readonly config: Pick<Config, 'faceKey' | 'dataDir' | 'webhooksToPrivate'>
  readonly now: () => number
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly webhooks: {
      /** A new secret for that endpoint: as its receiver gets it, and as it is stored. */
      newSecret (endpointId: string): Promise<{ readonly text: string, readonly sealed: Uint8Array }>
      /** Throws a TargetError where nothing would be sent to that URL. */
      checkUrl (url: string): Promise<void>
      readonly worker: Worker
    }
  }
}

/** Sends webhooks while the server runs. */
export default fp<WebhookOptions>(async function webhooks (fastify, { db, config, now }) {
  let key: Promise<Uint8Array> | undefined
  const openKey = async (): Promise<Uint8Array> => {
    key ??= openFaceKey(config).then(webhookKeyOf)
    try {
      return await key
    } catch (error) {
      key = undefined
      throw error
    }
  }
  const worker = createWorker({
    db,
    key: openKey,
    allowsPrivate: config.webhooksToPrivate,
    now,
    warn: (detail, message) => fastify.log.warn(detail, message)
  })
  fastify.decorate('webhooks', {
    newSecret: async (endpointId: string) => {
      const secret = newSecret()
      return { text: secretText(secret), sealed: seal(await openKey(), endpointId, secret) }
    },
    checkUrl: async (url: string) => { await resolveTarget(url, config.webhooksToPrivate) },
    worker
  })
  fastify.addHook('onListen', async () => { worker.start() })
  fastify.addHook('preClose', async () => { await worker.stop() })
}, { name: 'webhooks' })
