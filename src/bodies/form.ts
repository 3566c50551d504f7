import type { FastifyReply, FastifyRequest } from 'fastify'
import { isErrorCode, refuse } from '../errors.ts'

/** The files that a multipart form of a route may carry. */
export interface FormFiles {
  /** Field names (one of these) of the one picture. */
  readonly picture?: string | readonly string[]
  /** Field name of the one sound. */
  readonly sound?: string
  /** Several pictures under one field name, in their order. */
  readonly pictures?: { readonly field: string, readonly max: number, readonly bytesMax?: number }
  /** Bytes of the whole form. */
  readonly formBytesMax?: number
}

/** Text fields of a form, where the route takes no list of texts with its pictures. */
const FIELDS_MAX = 20
/** Bytes of a multipart body beside its files. */
export const FORM_BYTES = 16 * 1024

export interface Form {
  readonly fields: Record<string, unknown>
  readonly picture: Buffer | null
  readonly sound: Buffer | null
  readonly pictures: readonly Buffer[]
}

/** Reads a multipart body whole; refuses one that is broken, cut short, or larger than the route takes. */
export async function readForm (
  request: FastifyRequest,
  reply: FastifyReply,
  files: FormFiles,
  formBytesMax: number
): Promise<Form> {
  try {
    return await withinBytes(request, reply, formBytesMax, readParts(request, files, formBytesMax))
  } catch (error) {
    // The parser throws plain errors without a code or status for what only the sender can have done wrong.
    if (
      error instanceof Error &&
      error.constructor === Error &&
      !('statusCode' in error) &&
      !isErrorCode((error as { readonly code?: unknown }).code)
    ) {
      throw refuse('INVIGIL_ERR_BODY', { cause: error })
    }
    throw error
  }
}

/**
 * What `read` gives, unless more bytes come than the route takes: the parser bounds each part and their number, which
 * together are twenty times as much. The rest of the body is not waited for.
 */
async function withinBytes<T> (
  request: FastifyRequest,
  reply: FastifyReply,
  bytesMax: number,
  read: Promise<T>
): Promise<T> {
  const { raw } = request
  let bytes = 0
  const overrun = new Promise<never>((_resolve, reject) => {
    raw.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= bytesMax) return
      raw.unpipe()
      reply.header('connection', 'close')
      reject(refuse('INVIGIL_ERR_TOO_LARGE'))
    })
  })
  return await Promise.race([read, overrun])
}

async function readParts (
  request: FastifyRequest,
  { picture, sound, pictures }: FormFiles,
  formBytesMax: number
): Promise<Form> {
  const single = [picture ?? []].flat()
  const { frameBytesMax } = request.server.config
  const filesMax = (single.length > 0 ? 1 : 0) + (sound === undefined ? 0 : 1) + (pictures?.max ?? 0)
  const fieldsMax = FIELDS_MAX + (pictures?.max ?? 0)
  const texts = new Map<string, unknown[]>()
  let onePicture: Buffer | null = null
  let oneSound: Buffer | null = null
  const several: Buffer[] = []
  const limits = {
    files: filesMax,
    fields: fieldsMax,
    parts: filesMax + fieldsMax,
    fileSize: frameBytesMax,
    fieldNameSize: 100,
    fieldSize: formBytesMax,
    headerPairs: 20
  }
  for await (const part of request.parts({ limits })) {
    if (part.type === 'field') {
      if (part.valueTruncated || part.fieldnameTruncated) throw refuse('INVIGIL_ERR_TOO_LARGE')
      texts.set(part.fieldname, [...texts.get(part.fieldname) ?? [], part.value])
      continue
    }
    // Read even if it is refused: a stream that is left lying holds the connection.
    const bytes = await part.toBuffer()
    if (part.fieldname === sound) {
      oneSound = bytes
    } else if (part.fieldname === pictures?.field) {
      const bytesMax = pictures.bytesMax ?? frameBytesMax
      if (bytes.length > bytesMax) throw refuse('INVIGIL_ERR_IMAGE_TOO_LARGE', { details: { bytesMax } })
      several.push(bytes)
    } else if (single.includes(part.fieldname)) {
      // A browser sends an empty part for a file input that was left alone.
      if (bytes.length > 0 || part.filename !== '') onePicture = bytes
    } else {
      throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: part.fieldname, problem: 'unknown' }] })
    }
  }
  const fields = Object.fromEntries(
    [...texts].map(([name, values]) => [name, values.length === 1 ? values[0] : values])
  )
  return { fields, picture: onePicture, sound: oneSound, pictures: several }
}
