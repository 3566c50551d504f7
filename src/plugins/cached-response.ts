import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A large answer that is the same for all: made once, sent from memory. */
export interface CachedResponse {
  readonly type: string
  readonly bytes: Buffer
  readonly etag: string
}

export function cachedResponse (type: string, content: string | Buffer): CachedResponse {
  const bytes = Buffer.from(content)
  return { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` }
}

/** Sends it, or 304 to a client that has it. */
export async function sendCached (
  request: FastifyRequest,
  reply: FastifyReply,
  { type, bytes, etag }: CachedResponse
): Promise<FastifyReply> {
  reply.header('etag', etag)
  const has = (request.headers['if-none-match'] ?? '')
    .split(',')
    .some(tag => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
  if (has) return await reply.code(304).send()
  return await reply.type(type).send(bytes)
}
