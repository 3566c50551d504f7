/** Node closes requests that take too long; an upload may take longer. */
import { once } from 'node:events'
import { createServer, request as open } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import { loadConfig } from '../../../src/config.ts'
import { instanceOptions } from '../../../src/http/fastify-options.ts'
import { allowLongBody } from '../../../src/http/long-bodies.ts'

t.test('a body that takes longer than requestTimeout is read where that is allowed, and refused elsewhere', async t => {
  const JWT_SECRET = 'a secret for tests, long enough for the configuration'
  const { clientErrorHandler } = instanceOptions(loadConfig({ JWT_SECRET }))
  const app = Fastify({
    clientErrorHandler: clientErrorHandler!,
    serverFactory: serve =>
      createServer({ requestTimeout: 300, headersTimeout: 300, connectionsCheckingInterval: 50 }, serve)
  })
  app.addContentTypeParser('video/webm', (_request, body, done) => done(null, body))
  const read = async (body: unknown): Promise<number> => {
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Uint8Array>) bytes += chunk.length
    return bytes
  }
  app.post('/long', async request => {
    const end = allowLongBody(request.raw)
    try {
      return { bytes: await read(request.body) }
    } finally {
      end()
    }
  })
  app.post('/short', async request => ({ bytes: await read(request.body) }))
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const { port } = app.server.address() as AddressInfo

  /** Sends ten bytes in more than a second. */
  const send = async (path: string): Promise<[status: number, body: string]> => {
    const sent = open({ port, path, method: 'POST', headers: { 'content-type': 'video/webm' } })
    sent.on('error', () => {})
    const answered = once(sent, 'response')
    for (let byte = 0; byte < 10 && !sent.destroyed; byte++) {
      sent.write('x')
      await delay(120)
    }
    sent.end()
    const [response] = await answered
    let body = ''
    for await (const chunk of response) body += String(chunk)
    return [response.statusCode, body]
  }
  t.same(await send('/long'), [200, '{"bytes":10}'])
  t.match(await send('/short'), [408, /INVIGIL_ERR_SILENT/])
})
