import multipart from '@fastify/multipart'
import fp from 'fastify-plugin'
import type { FastifyRequest } from 'fastify'
import { FORM_BYTES, readForm, type FormFiles } from '../bodies/form.ts'
import { convertTexts, lowerIds, type SchemaNode } from '../bodies/from-text.ts'
import { brokenBound, DEPTH_MAX, ELEMENTS_MAX } from '../bodies/json-shape.ts'
import { refuse } from '../errors.ts'
import { bytesOfText } from '../protocol/data-url.ts'
import { readBase64 } from '../protocol/media-frame.ts'

declare module 'fastify' {
  interface FastifyContextConfig extends FormFiles {
    /** Values that this route's JSON body may have; `ELEMENTS_MAX` where absent. */
    jsonElementsMax?: number
  }
  interface FastifyRequest {
    /** The uploaded picture's bytes; null when the form had none. */
    picture: Buffer | null
    /** The uploaded sound's bytes; null when the form had none. */
    sound: Buffer | null
    /** The uploaded pictures of a form that takes several; null without a form. */
    pictures: readonly Buffer[] | null
  }
}

/** The body limit of a route that takes a picture as base64 (4/3 of its bytes). */
export function pictureBodyLimit (frameBytesMax: number): number {
  return Math.ceil(frameBytesMax * 4 / 3) + FORM_BYTES
}

/** The picture that came with the request, as a file or as base64 in `text`; undefined when none did. */
export function pictureOf (request: FastifyRequest, text: string | undefined): Uint8Array | undefined {
  const { frameBytesMax } = request.server.config
  if (text === undefined) return request.picture ?? undefined
  const read = readBase64(text)
  if (read.type === 'error') throw refuse(read.code)
  if (read.bytes.length > frameBytesMax) {
    throw refuse('INVIGIL_ERR_IMAGE_TOO_LARGE', { details: { bytesMax: frameBytesMax } })
  }
  return read.bytes
}

/** The sound that came with the request, as a file or as base64 in `text`; undefined when none did. */
export function soundOf (request: FastifyRequest, text: string | undefined): Uint8Array | undefined {
  const { frameBytesMax } = request.server.config
  if (text === undefined) return request.sound ?? undefined
  const bytes = bytesOfText(text)
  if (bytes === undefined) throw refuse('INVIGIL_ERR_FRAME_BASE64')
  if (bytes.length > frameBytesMax) throw refuse('INVIGIL_ERR_TOO_LARGE')
  return bytes
}

/** Content types of a route that names none. */
const JSON_ONLY = ['application/json']

/**
 * Reads the bodies there are: JSON, HTML forms, and multipart, each only on the routes that name it in
 * `schema.consumes`. The route's `bodyLimit` bounds JSON and HTML forms, `config.formBytesMax` multipart. The fields of
 * a form become an object, so that one schema serves all three; a body that is absent counts as empty.
 */
export default fp<{ readonly frameBytesMax: number }>(
  async function bodies (fastify, { frameBytesMax }) {
    const readJson = fastify.getDefaultJsonParser('error', 'error')
    fastify.removeAllContentTypeParsers()
    fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
      const broken = brokenBound(bytes, {
        depthMax: DEPTH_MAX,
        elementsMax: request.routeOptions.config.jsonElementsMax ?? ELEMENTS_MAX
      })
      if (broken !== undefined) {
        return done(refuse(broken === 'depth' ? 'INVIGIL_ERR_BODY' : 'INVIGIL_ERR_TOO_LARGE'), undefined)
      }
      const text = bytes.toString()
      if (text.trim() === '') done(null, undefined)
      else readJson(request, text, done)
    })
    fastify.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'buffer' },
      async (request: FastifyRequest, bytes: Buffer) => {
        if (countOf(bytes, AMPERSAND) >= FORM_FIELDS_MAX) throw refuse('INVIGIL_ERR_TOO_LARGE')
        const fields = Object.fromEntries(new URLSearchParams(bytes.toString()))
        convertTexts((request.routeOptions.schema?.body ?? {}) as SchemaNode, fields)
        return fields
      }
    )
    await fastify.register(multipart, { throwFileSizeLimit: true })
    fastify.decorateRequest('picture', null)
    fastify.decorateRequest('sound', null)
    fastify.decorateRequest('pictures', null)

    fastify.addHook('onRequest', async request => {
      const type = request.headers['content-type']
      if (request.is404 || type === undefined || !hasBody(request)) return
      const taken = request.routeOptions.schema?.consumes ?? JSON_ONLY
      if (!taken.includes(type.split(';', 1)[0]!.trim().toLowerCase())) throw refuse('INVIGIL_ERR_MEDIA_TYPE')
    })

    fastify.addHook('preValidation', async (request, reply) => {
      const { schema, config } = request.routeOptions
      if (request.isMultipart()) {
        if (config.picture === undefined && config.pictures === undefined) throw refuse('INVIGIL_ERR_MEDIA_TYPE')
        const { fields, ...files } = await readForm(
          request,
          reply,
          config,
          config.formBytesMax ?? pictureBodyLimit(frameBytesMax)
        )
        convertTexts((schema?.body ?? {}) as SchemaNode, fields)
        request.body = fields
        Object.assign(request, files)
      } else if (schema?.body !== undefined && request.body === undefined) {
        request.body = {}
      }
      if (schema?.body !== undefined) lowerIds(schema.body as SchemaNode, request.body)
      if (schema?.querystring !== undefined) {
        convertTexts(schema.querystring as SchemaNode, request.query as Record<string, unknown>)
        lowerIds(schema.querystring as SchemaNode, request.query)
      }
    })
  },
  { name: 'bodies' }
)

/** Fields of an HTML form; the largest that a route takes has eight. */
const FORM_FIELDS_MAX = 50
const AMPERSAND = 0x26

function countOf (bytes: Buffer, byte: number): number {
  let count = 0
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) if (++count >= FORM_FIELDS_MAX) break
  return count
}

function hasBody ({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
