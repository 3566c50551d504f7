/** Signatures by Standard Webhooks: HMAC-SHA256 over id, time and body. */
import { createHmac } from 'node:crypto'

/** The headers of one try. Each key gives one signature: receivers know one of them during a rotation. */
export function signedHeaders (
  id: string,
  body: string,
  atMs: number,
  keys: readonly Uint8Array[]
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(atMs / 1000))
  const signatures = keys.map(
    key => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  )
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
