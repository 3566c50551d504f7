/**
 * The attacks of `hostile`. Each attack stops when its time is over, and bounds the number of its open requests.
 */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { WebSocket } from 'ws'
import { sleep } from './clock.ts'
import type { Seat } from './server.ts'

/** The server and sessions that an attack uses, and the counter for the outcomes of its requests. */
export interface AttackContext {
  /** Address of the server, such as `http://127.0.0.1:40123`. */
  readonly url: string
  /** Students with an open session. */
  readonly seats: readonly Seat[]
  /** End of the attack, by `performance.now()`. */
  readonly untilMs: number
  readonly count: (outcome: string) => void
}

export interface Attack {
  readonly name: string
  /** The row of this attack in the report on security trials. */
  readonly row: string
  /** Number of students with an open session that it needs. */
  readonly seats: number
  /** Runs before the measured time. */
  readonly prepare?: (context: Omit<AttackContext, 'untilMs' | 'count'>) => Promise<void>
  readonly run: (context: AttackContext) => Promise<void>
}

const isOver = ({ untilMs }: AttackContext): boolean => performance.now() >= untilMs
const bearer = ({ token }: Seat): Record<string, string> => ({ authorization: `Bearer ${token}` })
const json = { 'content-type': 'application/json' }

async function send (context: AttackContext, path: string, init: RequestInit): Promise<void> {
  try {
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(context.untilMs - performance.now())))
    const response = await fetch(`${context.url}${path}`, { ...init, signal })
    await response.arrayBuffer()
    context.count(String(response.status))
  } catch (error) {
    context.count(
      error instanceof Error && error.name === 'TimeoutError' ? 'unanswered' : `no answer: ${causeOf(error)}`
    )
    // Wait, so that refused connections do not make this a busy loop.
    await sleep(20)
  }
}

/** Why `fetch` failed, such as `ECONNRESET` if the server or this machine accepted no connection. */
function causeOf (error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause
    ? String(cause.code)
    : error instanceof Error
      ? error.name
      : typeof error
}

/** Runs `count` senders; each sends its next request once the one before is answered. */
async function senders (context: AttackContext, count: number, next: (at: number) => Promise<void>): Promise<void> {
  let at = 0
  await Promise.all(Array.from({ length: count }, async () => { while (!isOver(context)) await next(at++) }))
}

const hugeBodies: Attack = {
  name: 'huge-bodies',
  row: 'C1',
  seats: 0,
  run: async context => {
    const objects = `{"email":"a@example.org","frames":[${'{},'.repeat(4_000_000)}{}]}`
    const numbers = `{"email":"a@example.org","frames":[${'0,'.repeat(6_000_000)}0]}`
    const brackets = `{"email":${'['.repeat(2_790_000)}${']'.repeat(2_790_000)}}`
    const form = 'a=1&'.repeat(1_200_000)
    const bodies: Array<readonly [string, string, Record<string, string>]> = [
      ['/api/v1/auth/login/face', objects, json],
      ['/api/v1/auth/login/face', numbers, json],
      ['/api/v1/auth/signup', brackets, json],
      ['/api/v1/auth/signup', form, { 'content-type': 'application/x-www-form-urlencoded' }]
    ]
    await senders(context, 3, async at => {
      const [path, body, headers] = bodies[at % bodies.length]!
      await send(context, path, { method: 'POST', headers, body })
    })
  }
}

const pipelined: Attack = {
  name: 'pipelined',
  row: 'C2',
  seats: 0,
  run: async context => {
    const requests = 'GET /docs/json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3_000)
    const { hostname, port } = new URL(context.url)
    await senders(context, 4, async () => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {})
      socket.write(requests)
      // The client never reads the responses.
      socket.pause()
      for (
        const untilMs = performance.now() + 5_000;
        !socket.closed && performance.now() < untilMs && !isOver(context);
      ) { await sleep(50) }
      context.count(socket.closed ? 'closed' : 'left open')
      socket.destroy()
      await sleep(50)
    })
  }
}

const ownEvents = (count: number): string =>
  JSON.stringify({
    events: Array.from({ length: count }, () => ({ kind: 'bench_note', description: 'x'.repeat(100) }))
  })

/** Opens a candidate's socket, and waits until it is open. */
async function open ({ url }: Pick<AttackContext, 'url'>, seat: Seat): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/${seat.userId}`, {
    headers: bearer(seat),
    handshakeTimeout: 5_000
  })
  socket.on('error', () => {})
  await new Promise<void>(resolve => {
    socket.once('open', resolve)
    socket.once('close', resolve)
  })
  return socket
}

const replays: Attack = {
  name: 'replays',
  row: 'H3',
  seats: 1,
  prepare: async ({ url, seats: [seat] }) => {
    for (let request = 0; request < 20; request++) {
      const response = await fetch(`${url}/api/v1/events`, {
        method: 'POST',
        headers: { ...json, ...bearer(seat!) },
        body: ownEvents(100)
      })
      if (response.status !== 201) {
        throw new Error(`The events of the attack were refused: ${response.status} ${await response.text()}`)
      }
    }
  },
  run: async context => {
    const [seat] = context.seats
    while (!isOver(context)) {
      const socket = await open(context, seat!)
      socket.on('message', data => { if (String(data).includes('"replay":true')) context.count('replayed message') })
      for (let time = 0; time < 60; time++) if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"resume"}')
      context.count('60 resume')
      // Afterwards, as many as the limit of messages allows.
      for (
        const untilMs = performance.now() + 4_000;
        performance.now() < untilMs && !isOver(context) && socket.readyState === WebSocket.OPEN;
      ) {
        socket.send('{"type":"resume"}')
        await sleep(30)
      }
      socket.terminate()
    }
  }
}

const profiles: Attack = {
  name: 'profiles',
  row: 'H4',
  seats: 1,
  run: async context => {
    const [seat] = context.seats
    const body = (at: number): RequestInit => ({
      method: 'PATCH',
      headers: { ...json, ...bearer(seat!) },
      body: JSON.stringify({ name: `Name ${at}` })
    })
    let at = 0
    while (!isOver(context)) {
      await Promise.all(Array.from({ length: 1_000 }, async () => await send(context, '/api/v1/auth/me', body(at++))))
    }
  }
}

const events: Attack = {
  name: 'events',
  row: 'H4',
  seats: 30,
  run: async context => {
    const body = ownEvents(100)
    await Promise.all(
      context.seats.map(async seat => {
        while (!isOver(context)) {
          await Promise.all(
            Array.from(
              { length: 20 },
              async () =>
                await send(context, '/api/v1/events', { method: 'POST', headers: { ...json, ...bearer(seat) }, body })
            )
          )
          await sleep(100)
        }
      })
    )
  }
}

/** Three candidates who send the same picture four times a second. */
function pictures (name: string, picture: () => Promise<Buffer>): Attack {
  return {
    name,
    row: 'H5',
    seats: 3,
    run: async context => {
      const bytes = await picture()
      await Promise.all(context.seats.map(async seat => {
        while (!isOver(context)) {
          const socket = await open(context, seat)
          socket.on('message', data => {
            const { type, code } = JSON.parse(String(data)) as { readonly type: string, readonly code?: string }
            if (type === 'ack') context.count('analyzed')
            if (type === 'error') context.count(code ?? 'error')
          })
          for (; !isOver(context) && socket.readyState === WebSocket.OPEN; await sleep(250)) {
            if (socket.bufferedAmount < 8_000_000) socket.send(bytes)
          }
          socket.terminate()
          await sleep(250)
        }
      }))
    }
  }
}

async function largeWebp (): Promise<Buffer> {
  return await sharp({
    create: { width: 7_000, height: 5_670, channels: 3, background: '#68a' },
    limitInputPixels: false
  })
    .webp({ quality: 50 })
    .toBuffer()
}

/** A small PNG with 130 compressed texts of 30 MB each. */
async function textPng (): Promise<Buffer> {
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#468' } }).png().toBuffer()
  const text = deflateSync(Buffer.alloc(30_000_000, 'a'), { level: 9 })
  const chunk = pngChunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), text]))
  // After the signature and the IHDR chunk.
  const at = 8 + 25
  return Buffer.concat([png.subarray(0, at), ...Array.from({ length: 130 }, () => chunk), png.subarray(at)])
}

function pngChunk (type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

/** The CRC-32 of PNG chunks. `zlib.crc32` exists only since Node 20.15. */
function crc32 (bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1))
  }
  return (crc ^ 0xffffffff) >>> 0
}

const logins: Attack = {
  name: 'logins',
  row: 'L9',
  seats: 0,
  run: async context => {
    await senders(context, 100, async () => {
      const body = JSON.stringify({
        email: `stranger-${randomBytes(6).toString('hex')}@example.org`,
        password: 'not a password of anyone'
      })
      await send(context, '/api/v1/auth/login/password', { method: 'POST', headers: json, body })
    })
  }
}

export const ATTACKS: readonly Attack[] = [
  hugeBodies,
  pipelined,
  replays,
  profiles,
  events,
  pictures('large-webp', largeWebp),
  pictures('text-png', textPng),
  logins
]
