import multipart from '@fastify/multipart'
import fp from 'fastify-plugin'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { bytesOfBase64, readBase64 } from '../gateway/frame.ts'
import { refuse } from '../errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The form field (one of these) that carries this route's picture as a file. */
    picture?: string | readonly string[]
    /** The form field that carries this route's sound as a file. */
    sound?: string
  }
  interface FastifyRequest {
    /** The uploaded picture's bytes; null when the form had none. */
    picture: Buffer | null
    /** The uploaded sound's bytes; null when the form had none. */
    sound: Buffer | null
  }
}

/** Bytes of a multipart body beside its picture. */
const FORM_BYTES = 16 * 1024

/** The body limit of a route that takes a picture, as a file or as base64 (4/3 of its bytes). */
export function pictureBodyLimit (frameBytesMax: number): number {
  return Math.ceil(frameBytesMax * 4 / 3) + FORM_BYTES
}

/** The picture that came with the request, as a file or as base64 in `text`; undefined when none did. */
export function pictureOf (request: FastifyRequest, text: string | undefined): Uint8Array | undefined {
  const { frameBytesMax } = request.server.config
  if (text === undefined) return request.picture ?? undefined
  const read = readBase64(text)
  if (read.type === 'error') throw refuse(read.code)
  if (read.bytes.length > frameBytesMax) throw refuse('INVIGIL_ERR_IMAGE_TOO_LARGE', { details: { bytesMax: frameBytesMax } })
  return read.bytes
}

/** The sound that came with the request, as a file or as base64 in `text`; undefined when none did. */
export function soundOf (request: FastifyRequest, text: string | undefined): Uint8Array | undefined {
  const { frameBytesMax } = request.server.config
  if (text === undefined) return request.sound ?? undefined
  const bytes = bytesOfBase64(text)
  if (bytes === undefined) throw refuse('INVIGIL_ERR_FRAME_BASE64')
  if (bytes.length > frameBytesMax) throw refuse('INVIGIL_ERR_TOO_LARGE')
  return bytes
}

/**
 * Reads the bodies there are: JSON, HTML forms, and multipart on the routes that take a picture. The fields of a form
 * become an object, so that one schema serves all three; a body that is absent counts as empty.
 */
export default fp<{ readonly frameBytesMax: number }>(async function bodies (fastify, { frameBytesMax }) {
  const readJson = fastify.getDefaultJsonParser('error', 'error')
  // No route takes plain text.
  fastify.removeContentTypeParser('text/plain')
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    if (text.trim() === '') done(null, undefined)
    else readJson(request, text, done)
  })
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (_request: FastifyRequest, text: string) =>
    Object.fromEntries(new URLSearchParams(text)))

  await fastify.register(multipart, {
    throwFileSizeLimit: true,
    limits: { fileSize: frameBytesMax, files: 1, fields: 20, parts: 21, fieldNameSize: 100, fieldSize: pictureBodyLimit(frameBytesMax), headerPairs: 20 }
  })
  fastify.decorateRequest('picture', null)
  fastify.decorateRequest('sound', null)

  fastify.addHook('preValidation', async (request, reply) => {
    if (request.isMultipart()) request.body = await withinBodyLimit(request, reply, readForm(request))
    else if (request.routeOptions.schema?.body !== undefined) request.body ??= {}
  })
}, { name: 'bodies' })

/**
 * What `read` gives, unless more bytes come than the route takes: the parser bounds each part and their number, which
 * together are twenty times as much. The rest of the body is not waited for.
 */
async function withinBodyLimit<T> (request: FastifyRequest, reply: FastifyReply, read: Promise<T>): Promise<T> {
  const { raw, routeOptions: { bodyLimit } } = request
  let bytes = 0
  const overrun = new Promise<never>((_resolve, reject) => {
    raw.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= bodyLimit) return
      raw.unpipe()
      reply.header('connection', 'close')
      reject(refuse('INVIGIL_ERR_TOO_LARGE'))
    })
  })
  return await Promise.race([read, overrun])
}

async function readForm (request: FastifyRequest): Promise<Record<string, unknown>> {
  const { picture, sound } = request.routeOptions.config
  if (picture === undefined) throw refuse('INVIGIL_ERR_MEDIA_TYPE')
  const fields: [string, unknown][] = []
  for await (const part of request.parts(sound === undefined ? {} : { limits: { files: 2 } })) {
    if (part.type === 'field') {
      if (part.valueTruncated || part.fieldnameTruncated) throw refuse('INVIGIL_ERR_TOO_LARGE')
      fields.push([part.fieldname, part.value])
      continue
    }
    // Read even if it is refused: a stream that is left lying holds the connection.
    const bytes = await part.toBuffer()
    if (part.fieldname === sound) {
      request.sound = bytes
      continue
    }
    if (![picture].flat().includes(part.fieldname)) throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: part.fieldname, problem: 'unknown' }] })
    // A browser sends an empty part for a file input that was left alone.
    if (bytes.length > 0 || part.filename !== '') request.picture = bytes
  }
  return Object.fromEntries(fields)
}
