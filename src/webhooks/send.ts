import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Target } from './target.ts'

/** A receiver must answer within this time. */
const ANSWER_MS = 15_000
/** What is read of an answer: nothing in it is used. */
const ANSWER_BYTES_MAX = 4096

export interface Answer {
  readonly status: number
  /** The header as it came. */
  readonly retryAfter: string | undefined
}

/** Sends one POST to the resolved address, follows no redirect, and gives the status. Rejects without an answer. */
export async function send (
  { url, address, family }: Target,
  headers: Readonly<Record<string, string>>,
  body: string,
  answerMs = ANSWER_MS
): Promise<Answer> {
  const lookup: LookupFunction = (_host, options, done) => {
    if (options.all === true) done(null, [{ address, family }])
    else done(null, address, family)
  }
  return await new Promise<Answer>((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      method: 'POST',
      agent: false,
      lookup,
      signal: AbortSignal.timeout(answerMs),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'invigil-webhooks/1',
        ...headers
      }
    }, response => {
      resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] })
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX) response.destroy()
      })
      response.on('error', () => {})
    })
    request.on('error', reject)
    request.end(body)
  })
}
