import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { AwsClient } from 'aws4fetch'
import { XMLParser } from 'fast-xml-parser'
import { checkKey, StorageError, type Storage, type StoredObject } from './storage.ts'

export interface S3Options {
  /** Such as `https://s3.eu-central-1.amazonaws.com`. Addresses are path style: endpoint, bucket, key. */
  readonly endpoint: string
  readonly bucket: string
  /** Begins every key; may be empty. */
  readonly prefix: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** At least 5 MiB, the least that S3 accepts for all parts but the last. */
  readonly partBytes?: number
}

const PART_BYTES = 8 * 1024 * 1024
/** How long a request may take until its response begins; a part of 8 MiB at 150 KB/s. */
const RESPONSE_MS = 60_000
const RETRIES = 3

/** An S3-compatible store. Larger objects go up in parts, so that no more than one part is in memory. */
export function createS3Storage (options: S3Options): Storage {
  const { endpoint, bucket, prefix, region, accessKeyId, secretAccessKey, partBytes = PART_BYTES } = options
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES })
  const base = `${endpoint.replace(/\/+$/, '')}/${bucket}`
  const full = (key: string): string => (prefix === '' ? key : `${prefix}/${key}`)
  const addressOf = (key: string, query = ''): string => {
    checkKey(key)
    return `${base}/${full(key)}${query}`
  }

  async function request (method: string, url: string, init: RequestInit = {}): Promise<Response> {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), RESPONSE_MS)
    try {
      return await client.fetch(url, { ...init, method, signal: patience.signal })
    } catch (error) {
      throw new StorageError('unavailable', 'the store does not respond', error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** The response of a request that must succeed. */
  async function demand (method: string, url: string, init?: RequestInit): Promise<Response> {
    const response = await request(method, url, init)
    if (response.ok) return response
    throw await refusalOf(response, method)
  }

  async function putParts (
    key: string, first: Uint8Array, parts: AsyncIterator<Uint8Array>, headers: Readonly<Record<string, string>>
  ): Promise<void> {
    const begun = await demand('POST', addressOf(key, '?uploads'), { headers })
    const uploadId = textOf(await begun.text(), 'InitiateMultipartUploadResult', 'UploadId')
    const upload = `uploadId=${encodeURIComponent(uploadId)}`
    try {
      const etags: string[] = []
      for (let part: Uint8Array | undefined = first; part !== undefined; part = (await parts.next()).value) {
        const body = Uint8Array.from(part)
        const sent = await demand('PUT', addressOf(key, `?partNumber=${etags.length + 1}&${upload}`), { body })
        await sent.arrayBuffer()
        etags.push(sent.headers.get('etag') ?? '')
      }
      const list = etags.map((etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${etag}</ETag></Part>`)
      const done = await demand('POST', addressOf(key, `?${upload}`), {
        body: `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`
      })
      // S3 may begin a response with 200 and report the failure in the body.
      textOf(await done.text(), 'CompleteMultipartUploadResult', 'Key')
    } catch (error) {
      await request('DELETE', addressOf(key, `?${upload}`)).catch(() => {})
      throw error
    }
  }

  return {
    name: `S3, ${base}${prefix === '' ? '' : `/${prefix}`}`,
    put: async (key, content, { type = 'application/octet-stream' } = {}) => {
      let bytes = 0
      const parts = inParts(content, partBytes, length => { bytes += length })
      const first = (await parts.next()).value as Uint8Array
      const headers = { 'content-type': type }
      if (first.length < partBytes) {
        await (await demand('PUT', addressOf(key), { body: Uint8Array.from(first), headers })).arrayBuffer()
      } else {
        await putParts(key, first, parts, headers)
      }
      return { key, bytes }
    },
    get: async (key, range) => {
      const headers = range === undefined ? undefined : { range: `bytes=${range.start}-${range.end}` }
      const response = await request('GET', addressOf(key), headers === undefined ? {} : { headers })
      if (response.status === 404) return await discard(response)
      if (!response.ok) throw await refusalOf(response, 'GET')
      if (range !== undefined && response.status !== 206) {
        await discard(response)
        throw new StorageError('unavailable', 'the store ignores ranges')
      }
      return response.body === null ? Readable.from([]) : Readable.fromWeb(response.body as ReadableStream)
    },
    head: async key => {
      const response = await request('HEAD', addressOf(key))
      if (response.status === 404) return undefined
      if (!response.ok) throw await refusalOf(response, 'HEAD')
      return { key, bytes: Number(response.headers.get('content-length')) }
    },
    delete: async key => {
      const response = await request('DELETE', addressOf(key))
      if (!response.ok && response.status !== 404) throw await refusalOf(response, 'DELETE')
      await discard(response)
    },
    async * list (listed) {
      for (let token = ''; ;) {
        const query = new URLSearchParams({ 'list-type': '2', prefix: full(listed) })
        if (token !== '') query.set('continuation-token', token)
        const page = readList(await (await demand('GET', `${base}?${query}`)).text())
        const skip = prefix === '' ? 0 : prefix.length + 1
        yield * page.objects.map(({ key, bytes }) => ({ key: key.slice(skip), bytes }))
        if (page.next === undefined) return
        token = page.next
      }
    }
  }
}

/** The stream cut into parts of exactly `partBytes`, and a last one of the rest; at least one, which may be empty. */
async function * inParts (
  content: Readable, partBytes: number, count: (bytes: number) => void
): AsyncGenerator<Uint8Array, undefined> {
  let waiting: Uint8Array[] = []
  let length = 0
  let yielded = 0
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    count(chunk.length)
    waiting.push(chunk)
    length += chunk.length
    if (length < partBytes) continue
    const all = Buffer.concat(waiting)
    let at = 0
    for (; all.length - at >= partBytes; at += partBytes, yielded++) yield all.subarray(at, at + partBytes)
    waiting = [all.subarray(at)]
    length = all.length - at
  }
  if (length > 0 || yielded === 0) yield Buffer.concat(waiting)
  return undefined
}

const xml = new XMLParser({ ignoreAttributes: true, parseTagValue: false, isArray: name => name === 'Contents' })

function textOf (body: string, root: string, name: string): string {
  const value: unknown = (xml.parse(body) as Record<string, Record<string, unknown> | undefined>)[root]?.[name]
  if (typeof value !== 'string' || value === '') throw new StorageError('unavailable', `the store sent no ${name}`)
  return value
}

interface ListPage {
  readonly objects: readonly StoredObject[]
  readonly next: string | undefined
}

function readList (body: string): ListPage {
  const { ListBucketResult: result } = xml.parse(body) as {
    ListBucketResult?: {
      Contents?: ReadonlyArray<{ Key: string, Size: string }>
      IsTruncated?: string
      NextContinuationToken?: string
    }
  }
  return {
    objects: (result?.Contents ?? []).map(({ Key, Size }) => ({ key: Key, bytes: Number(Size) })),
    next: result?.IsTruncated === 'true' ? result.NextContinuationToken : undefined
  }
}

/** Frees the connection of a response that is not read. */
async function discard (response: Response): Promise<undefined> {
  await response.body?.cancel()
  return undefined
}

async function refusalOf (response: Response, method: string): Promise<StorageError> {
  const body = await response.text().catch(() => '')
  const code = /<Code>(\w{1,64})<\/Code>/.exec(body)?.[1] ?? ''
  const isFull = response.status === 507 || /^(QuotaExceeded|XMinioStorageFull|InsufficientStorage)$/.test(code)
  return new StorageError(
    isFull ? 'full' : 'unavailable',
    `the store answered ${method} with ${response.status}${code === '' ? '' : ` ${code}`}`
  )
}
