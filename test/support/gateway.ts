/** Real sockets for tests: a client that keeps received messages, and a server with a clock that tests advance. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import sharp from 'sharp'
import type { Test } from 'tap'
import { WebSocket, type ClientOptions } from 'ws'
import type { Session } from '../../db/index.ts'
import type { Pool } from '../../detection/workers/pool.ts'
import { analysis, build, person, type LoggedIn, type Overrides } from './app.ts'

/** A message as it was received; tests check the fields that they expect. */
export type Message = Readonly<Record<string, unknown>> & { readonly type: string }

export interface LogsLine {
  readonly event: string
  readonly time: string
  readonly id: string
  readonly kind: string
  readonly phase: string
}

export interface Client {
  readonly socket: WebSocket
  /** All messages received so far. */
  readonly received: readonly Message[]
  /** Settles when it is closed. */
  readonly closed: Promise<{ readonly code: number, readonly reason: string }>
  send (message: object | string | Uint8Array): void
  /** The next message that passes and was not returned before, in any order. */
  next (wanted: string | ((message: Message) => boolean)): Promise<Message>
  /** The next log line of that kind (and phase). */
  log (kind: string, phase?: string): Promise<Message>
}

/** Opens a socket and waits until it is open. */
export async function connect (
  t: Test,
  url: string,
  options: ClientOptions & { readonly subprotocols?: string[] } = {}
): Promise<Client> {
  const socket = new WebSocket(url, options.subprotocols ?? [], options)
  t.teardown(() => { socket.terminate() })
  const received: Message[] = []
  const delivered = new Set<Message>()
  const waiting = new Set<() => void>()
  socket.on('message', data => {
    received.push(JSON.parse(String(data)) as Message)
    for (const wake of waiting) wake()
  })
  socket.on('error', () => {})
  const closed = new Promise<{ code: number, reason: string }>(resolve => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) })
      for (const wake of waiting) wake()
    })
  })
  const next: Client['next'] = wanted => new Promise((resolve, reject) => {
    const passes = typeof wanted === 'string' ? (message: Message) => message.type === wanted : wanted
    const check = (): void => {
      const found = received.find(message => !delivered.has(message) && passes(message))
      if (found !== undefined) delivered.add(found)
      else if (socket.readyState !== WebSocket.CLOSED) return
      waiting.delete(check)
      if (found !== undefined) resolve(found)
      else reject(new Error(`closed before ${String(wanted)}; received ${JSON.stringify(received.slice(-5))}`))
    }
    waiting.add(check)
    check()
  })
  const opened = once(socket, 'open')
  await opened
  return {
    socket,
    received,
    closed,
    send: message => {
      socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message))
    },
    next,
    log: (kind, phase) =>
      next(
        message =>
          message.type === 'logs' &&
          (message['data'] as LogsLine[]).some(
            line => line.kind === kind && (phase === undefined || line.phase === phase)
          )
      )
  }
}

/** All log lines received so far. */
export function lines (client: Client): LogsLine[] {
  return client.received.filter(message => message.type === 'logs').flatMap(message => message['data'] as LogsLine[])
}

/** How a refused upgrade was answered. */
export async function refused (
  url: string,
  options: ClientOptions = {}
): Promise<{ readonly status: number, readonly body: Record<string, unknown> }> {
  const socket = new WebSocket(url, options)
  socket.on('error', () => {})
  const [, response] = await once(socket, 'unexpected-response') as [unknown, import('node:http').IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return {
    status: response.statusCode ?? 0,
    body: JSON.parse(String(Buffer.concat(chunks))) as Record<string, unknown>
  }
}

export interface Room {
  readonly app: FastifyInstance
  /** `ws://127.0.0.1:port` */
  readonly url: string
  readonly clock: { ms: number }
  /** Turns the clock, a second at a time at most, and lets the live side notice. */
  advance (ms: number): void
  /** A new candidate with an open session and a socket. */
  candidate (options?: ClientOptions): Promise<Candidate>
  /** A member of staff with a monitor socket. */
  monitor (role?: 'teacher' | 'admin'): Promise<Client & { readonly who: LoggedIn }>
}

export interface Candidate extends Client {
  readonly who: LoggedIn
  readonly session: Session
  /** `/ws/:userId` with the token. */
  readonly url: string
}

/** A listening server whose sessions use the test's clock; its ticker does not run. */
export async function room (t: Test, overrides: Overrides = {}): Promise<Room> {
  const clock = { ms: Date.now() }
  const app = await build(t, {
    ...overrides,
    live: {
      now: () => clock.ms,
      ...overrides.live,
      limits: { tickMs: 1_000_000_000, closeMs: 300, ...overrides.live?.limits }
    }
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `ws://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const { live, db } = app.services
  return {
    app,
    url,
    clock,
    advance (ms) {
      for (const untilMs = clock.ms + ms; clock.ms < untilMs;) {
        clock.ms = Math.min(untilMs, clock.ms + 1000)
        live.tick(clock.ms)
      }
    },
    async candidate (options = {}) {
      const who = await person(app)
      const { session } = await db.sessions.open({ userId: who.user.id, atMs: clock.ms })
      await live.start(session)
      const address = `${url}/ws/${who.user.id}?token=${who.accessToken}`
      const client = await connect(t, address, options)
      await client.next('rate')
      return { ...client, who, session, url: address }
    },
    async monitor (role = 'teacher') {
      const who = await person(app, role)
      return { ...await connect(t, `${url}/ws/monitor`, { headers: who.headers }), who }
    }
  }
}

/** A real JPEG, some hundred bytes. */
export const JPEG: Uint8Array = await sharp({ create: { width: 32, height: 24, channels: 3, background: '#468' } })
  .jpeg()
  .toBuffer()

/** A pool that detects no face. */
export const noFace: Partial<Pool> = { analyze: async job => analysis({ faces: [], persons: 0 }, job.atMs) }

/** Streams frames until the face has been away for long enough, and hands back the logs message. */
export async function missFace (
  room: Room,
  client: Candidate,
  frame: () => Uint8Array | string = () => JPEG
): Promise<Message> {
  for (let count = 0; count < 12; count++) {
    room.clock.ms += 500
    client.send(frame())
    await client.next('ack')
  }
  return await client.log('face_missing', 'start')
}
