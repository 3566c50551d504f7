/**
 * `/media/KIND/ID`: media behind short-lived signed links, with ranges. A part of the server that has media registers
 * how to find it (`media.serve`), and makes links after its own access check (`media.link`).
 */
import { Readable } from 'node:stream'
import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import fp from 'fastify-plugin'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database, User, ViewKind } from '../../db/index.ts'
import { refuse } from '../errors.ts'
import { checkLink, LINK_MS, linkOf, viewerCookie, viewerOf } from '../storage/media-link.ts'
import type { MediaServices } from '../storage/media-services.ts'
import { StorageError } from '../storage/storage.ts'
import { accountOf } from './access.ts'
import { readRange } from './range.ts'

/** Media as the link's viewer may see it. */
export interface MediaItem {
  readonly sessionId: string
  /** Key in the storage. */
  readonly key: string
  readonly bytes: number
  /** Of the plain bytes, in hexadecimal digits; the ETag. */
  readonly sha256: string
  readonly mediaType: string
  /** Offered when it is saved. */
  readonly fileName: string
  /** What the audit log calls it. */
  readonly targetType: string
  readonly targetId: string
  /** What the candidate's report says was looked at. */
  readonly what: ViewKind
  /** The incident that it is evidence of; absent: none in particular. */
  readonly eventId?: string
}

/**
 * Finds the media for a viewer. Throws a refusal when the viewer may no longer see it or it is erased. It runs for each
 * request: who lost the right after the link was made is refused.
 */
export type FindMedia = (id: string, viewer: Pick<User, 'id' | 'role'>) => Promise<MediaItem>

export interface MediaLinks {
  /** Serves `/media/KIND/ID`. Call it while the server starts. */
  serve (kind: string, find: FindMedia): void
  /**
   * A link for the asking account, good for five minutes. The response also sets the cookie that lets a `<video>` of
   * the same browser load it; other clients send their access token with the link.
   */
  link (request: FastifyRequest, reply: FastifyReply, kind: string, id: string): { url: string, expiresAtMs: number }
}

declare module 'fastify' {
  interface FastifyInstance {
    readonly media: MediaLinks
  }
}

export interface MediaPluginOptions {
  readonly db: Database
  readonly media: MediaServices
  readonly now?: () => number
}

const COOKIE = 'invigil_media'
const COOKIE_PATH = '/media'
/** Requests of one viewer for one object that come closer than this belong to one viewing. */
const VIEWING_MS = 10 * 60_000
/** Viewings that are remembered; forgetting one writes one audit entry more. */
const VIEWINGS_MAX = 10_000

const Params = Type.Object({
  kind: Type.String({ pattern: '^[a-z]{1,32}$' }),
  id: Type.String({ pattern: '^[0-9a-f-]{36}$' })
})
const Query = Type.Object({
  v: Type.String({ maxLength: 64, description: 'Who asked for the link' }),
  e: Type.Integer({ minimum: 0, description: 'Until when it is good' }),
  s: Type.String({ maxLength: 64, description: 'The signature' })
})

const plugin: FastifyPluginAsyncTypebox<MediaPluginOptions> = async (fastify, { db, media, now = Date.now }) => {
  const { vault, linkKey } = media
  const kinds = new Map<string, FindMedia>()
  const viewings = new Map<string, number>()

  fastify.decorate('media', {
    serve (kind, find) { kinds.set(kind, find) },
    link (request, reply, kind, id) {
      const viewerId = accountOf(request).id
      const expiresAtMs = now() + LINK_MS
      reply.setCookie(COOKIE, viewerCookie(linkKey, viewerId, expiresAtMs), {
        path: COOKIE_PATH,
        httpOnly: true,
        sameSite: 'strict',
        secure: request.protocol === 'https',
        maxAge: LINK_MS / 1000
      })
      return { url: linkOf(linkKey, { kind, id, viewerId, expiresAtMs }), expiresAtMs }
    }
  })

  /** Who is asking: by access token, or by the cookie that came with the link. */
  async function viewerFrom (request: FastifyRequest, nowMs: number): Promise<string> {
    if (request.headers.authorization !== undefined) return (await fastify.authenticate(request)).id
    const viewerId = viewerOf(linkKey, request.cookies[COOKIE] ?? '', nowMs)
    if (viewerId === undefined) throw refuse('INVIGIL_ERR_TOKEN_MISSING')
    return viewerId
  }

  async function noteViewing (viewer: Pick<User, 'id' | 'role'>, item: MediaItem, nowMs: number): Promise<void> {
    const viewing = `${viewer.id} ${item.targetType} ${item.targetId}`
    const seenAtMs = viewings.get(viewing)
    // The order of a Map is that of insertion: the first is the one not seen for the longest time.
    viewings.delete(viewing)
    viewings.set(viewing, nowMs)
    if (viewings.size > VIEWINGS_MAX) viewings.delete(viewings.keys().next().value!)
    if (seenAtMs !== undefined && Math.abs(nowMs - seenAtMs) < VIEWING_MS) return
    try {
      await db.audit.append({
        actorId: viewer.id,
        action: `${item.targetType}.view`,
        targetType: item.targetType,
        targetId: item.targetId,
        detail: { sessionId: item.sessionId },
        atMs: nowMs
      })
      await db.reviews.addView({
        sessionId: item.sessionId,
        eventId: item.eventId ?? null,
        what: item.what,
        viewerId: viewer.id,
        viewerRole: viewer.role,
        atMs: nowMs
      })
    } catch (error) {
      viewings.delete(viewing)
      throw error
    }
  }

  fastify.get(
    '/media/:kind/:id',
    { config: { access: { roles: 'public' } }, schema: { hide: true, params: Params, querystring: Query } },
    async (request, reply) => {
      const { params: { kind, id }, query: { v: viewerId, e: expiresAtMs, s } } = request
      const nowMs = now()
      const find = kinds.get(kind)
      if (find === undefined) throw refuse('INVIGIL_ERR_NOT_FOUND')
      const checked = checkLink(linkKey, { kind, id, viewerId, expiresAtMs }, s, nowMs)
      if (checked === 'changed') throw refuse('INVIGIL_ERR_LINK_INVALID')
      if (checked === 'expired') throw refuse('INVIGIL_ERR_LINK_EXPIRED')
      if (await viewerFrom(request, nowMs) !== viewerId) throw refuse('INVIGIL_ERR_NOT_YOURS')
      const viewer = await db.users.byId(viewerId)
      if (viewer === undefined || viewer.disabledAtMs !== null) throw refuse('INVIGIL_ERR_TOKEN_REVOKED')
      const item = await find(id, viewer)
      return await send(request, reply, viewer, item, nowMs)
    }
  )

  async function send (
    request: FastifyRequest, reply: FastifyReply, viewer: Pick<User, 'id' | 'role'>, item: MediaItem, nowMs: number
  ): Promise<FastifyReply> {
    const etag = `"${item.sha256}"`
    reply.headers({
      'cache-control': 'private, no-store',
      'accept-ranges': 'bytes',
      etag,
      'content-disposition': `inline; filename="${item.fileName}"`
    })
    const { range: asked, 'if-range': ifRange } = request.headers
    const range = ifRange === undefined || ifRange === etag ? readRange(asked, item.bytes) : undefined
    if (range === 'outside') {
      reply.header('content-range', `bytes */${item.bytes}`)
      throw refuse('INVIGIL_ERR_RANGE')
    }
    const length = range === undefined ? item.bytes : range.end - range.start + 1
    const begin = (): void => {
      reply.code(range === undefined ? 200 : 206).type(item.mediaType).header('content-length', length)
      if (range !== undefined) reply.header('content-range', `bytes ${range.start}-${range.end}/${item.bytes}`)
    }
    if (request.method === 'HEAD') {
      begin()
      // A stream: of anything else Fastify would set its own length.
      return await reply.send(Readable.from([]))
    }
    const content = await vault.open(item, range, item.bytes).catch(error => { throw refusalOf(error) })
    if (content === undefined) throw refuse('INVIGIL_ERR_MEDIA_GONE')
    try {
      await noteViewing(viewer, item, nowMs)
    } catch (error) {
      content.destroy()
      throw error
    }
    content.on('error', error => {
      if (!request.raw.destroyed) request.log.error({ err: error, id: item.targetId }, 'media stream failed')
    })
    begin()
    return await reply.send(content)
  }
}

/** What a viewer is told about a failure of the storage. */
export function refusalOf (error: unknown): unknown {
  if (!(error instanceof StorageError)) return error
  if (error.code === 'erased') return refuse('INVIGIL_ERR_MEDIA_GONE', { cause: error })
  if (error.code === 'damaged') return refuse('INVIGIL_ERR_MEDIA_DAMAGED', { cause: error })
  return refuse('INVIGIL_ERR_STORAGE', { cause: error })
}

export default fp(plugin, { name: 'media', dependencies: ['auth', 'access'] })
