import { connect } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { build, call, person } from '../../support/app.ts'

t.test('broken HTTP ends its connection and nothing else', async t => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write('NONSENSE / HTTP/9.9\r\n\r\n')
  const [answer] = await once(socket, 'data') as [Buffer]
  t.match(answer.toString(), /^HTTP\/1.1 400/)
  socket.destroy()
  t.equal((await call(app, 'GET', '/health/live')).status, 200)
})

t.test('a socket is refused before the upgrade with the code it would have closed with', async t => {
  const app = await build(t)
  const student = await person(app)
  const other = await person(app)
  const open = async (path: string, headers: Record<string, string> = {}) => {
    const upgrade = {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ=='
    }
    await app.listen({ host: '127.0.0.1', port: 0 }).catch(() => {})
    const response = await new Promise<{ status: number, body: string }>((resolve, reject) => {
      const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
      let text = ''
      socket
        .on('data', chunk => {
          text += String(chunk)
        })
        .on('error', reject)
      socket.on('close', () =>
        resolve({ status: Number(text.slice(9, 12)), body: text.split('\r\n\r\n').slice(1).join('') })
      )
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: x\r\n${Object.entries({ ...upgrade, ...headers })
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('')}\r\n`
      )
    })
    return {
      status: response.status,
      body: JSON.parse(response.body.slice(response.body.indexOf('{'), response.body.lastIndexOf('}') + 1)) as unknown
    }
  }
  t.match(await open(`/ws/${student.user.id}`), {
    status: 401,
    body: { code: 'INVIGIL_ERR_TOKEN_MISSING', details: { closeCode: 4401 } }
  })
  t.match(await open(`/ws/${student.user.id}?token=${other.accessToken}`), {
    status: 403,
    body: { code: 'INVIGIL_ERR_NOT_YOURS', details: { closeCode: 4403 } }
  })
  t.match(await open(`/ws/${student.user.id}`, { 'sec-websocket-protocol': `invigil, bearer.${other.accessToken}` }), {
    status: 403
  })
  t.match(await open('/ws/monitor', { authorization: `Bearer ${student.accessToken}` }), {
    status: 403,
    body: { code: 'INVIGIL_ERR_FORBIDDEN' }
  })
})

/** Sends bytes to a listening application and returns its output up to `until` or the close. */
async function sendRaw (port: number, bytes: string, until: RegExp): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  try {
    socket.write(bytes)
    for await (const chunk of socket) {
      received += String(chunk)
      if (until.test(received)) break
    }
  } catch { /* Closed by the other side. */ }
  socket.destroy()
  return received
}

t.test('a wish for another protocol than WebSocket is passed over, as clients of HTTP/2 expect', async t => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const wish = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n'
  const get = `GET /health/live HTTP/1.1\r\nHost: x\r\n${wish}\r\n`
  t.match(await sendRaw(port, get, /"ok"/), /^HTTP\/1\.1 200 .*"status":"ok"/s)
  t.equal((await sendRaw(port, get + get, /"ok".*"ok"/s)).split('200 OK').length - 1, 2, 'again on the same connection')
  const body = JSON.stringify({ email: 'unknown@example.org', password: 'not this one' })
  const post = `POST /api/v1/auth/login/password HTTP/1.1\r\nHost: x\r\n${wish}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  t.match(await sendRaw(port, post, /LOGIN_FAILED/), /^HTTP\/1\.1 401 /)
})

t.test('only sockets take an upgrade to WebSocket', async t => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const upgrade = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
  for (const path of ['/health/live', '/docs', '/api/v1/nothing']) {
    t.match(await sendRaw(port, upgrade(path), /NOT_FOUND/), /^HTTP\/1\.1 404 .*INVIGIL_ERR_NOT_FOUND.*4404/s, path)
  }
})

t.test('bytes that are not HTTP get a response with an error code', async t => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  t.match(
    await sendRaw(port, 'GET / HTTP/1.1\r\nno header\r\n\r\n', /never/),
    /^HTTP\/1\.1 400 .*"code":"INVIGIL_ERR_BODY"/s
  )
  t.match(
    await sendRaw(port, `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, /never/),
    /^HTTP\/1\.1 431 .*"code":"INVIGIL_ERR_TOO_LARGE"/s
  )
})
