/**
 * The other clients during an attack of `hostile`: a candidate who saves answers, a candidate who is watched, and a
 * health check.
 */
import sharp from 'sharp'
import { SimulatedCandidate } from '../src/cli/simulate/candidate.ts'
import { createTally, type Tally } from '../src/cli/simulate/tally.ts'
import { sleep } from './clock.ts'
import type { BenchServer, Seat } from './server.ts'

const ANSWER_MS = 200
const HEALTH_MS = 100
const FPS = 2
/** Time limit of a request; a request without a response counts with this time. */
const ANSWER_MS_MAX = 30_000
/** A frame is analyzed within half a second or dropped; its acknowledgement may come a little later. */
const SETTLE_MS = 1_000

/** The waits of these clients in one period. */
export interface Felt {
  readonly answersMs: readonly number[]
  readonly healthMs: readonly number[]
  /** Requests without a 2xx response. */
  readonly failed: number
  readonly framesSent: number
  readonly framesAnalyzed: number
  /** Events for the empty chair that were raised, by kind. */
  readonly events: Readonly<Record<string, number>>
}

export interface Victims {
  /** Runs the clients for `ms` and returns their waits. */
  feel (ms: number): Promise<Felt>
  close (): Promise<void>
}

/** An empty room: a wall with a window and a table, and the noise of a camera, so that no two pictures are equal. */
async function emptyRoom (): Promise<Uint8Array[]> {
  const room =
    Buffer.from(`<svg width="640" height="480"><rect width="640" height="480" fill="#b8b0a0"/><rect x="60" y="40" width="180" height="160" fill="#dfe8f0" stroke="#665" stroke-width="8"/>
    <rect x="0" y="380" width="640" height="100" fill="#6b4a30"/><rect x="420" y="120" width="120" height="260" fill="#8a7a66" stroke="#443" stroke-width="4"/></svg>`)
  const frames: Uint8Array[] = []
  for (let at = 0; at < 20; at++) {
    const noise = await sharp({
      create: {
        width: 640,
        height: 480,
        channels: 3,
        background: '#808080',
        noise: { type: 'gaussian', mean: 128, sigma: 6 }
      }
    })
      .png()
      .toBuffer()
    frames.push(
      new Uint8Array(
        await sharp(room)
          .composite([{ input: noise, blend: 'soft-light' }])
          .jpeg({ quality: 80 })
          .toBuffer()
      )
    )
  }
  return frames
}

/** Signs up a student, creates an exam, starts an attempt, and connects the watched candidate. */
export async function seatVictims ({ url, staff: [admin], candidates: [watched] }: BenchServer): Promise<Victims> {
  const send = async <T>(token: string | undefined, method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` })
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return await response.json() as T
  }
  const { accessToken: token } = await send<{ accessToken: string }>(undefined, 'POST', '/auth/signup', {
    email: 'victim@example.org',
    password: 'correct horse battery staple'
  })
  const exam = await send<{ id: string }>(admin!.token, 'POST', '/exams', {
    title: 'Bench',
    isOpenToAll: true,
    durationMs: 3_600_000
  })
  const question = await send<{ id: string }>(admin!.token, 'POST', `/exams/${exam.id}/questions`, {
    kind: 'long',
    text: 'Why?',
    points: 1,
    body: {}
  })
  await send(admin!.token, 'POST', `/exams/${exam.id}/publish`)
  const { attempt } = await send<{ attempt: { id: string } }>(token, 'POST', `/exams/${exam.id}/start`)
  let clientSeq = 0
  const save = async (): Promise<boolean> => {
    clientSeq++
    const response = await fetch(`${url}/api/v1/attempts/${attempt.id}/answers/${question.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ value: `answer ${clientSeq}`, clientSeq }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX)
    })
    await response.arrayBuffer()
    // If a later answer overtakes an earlier one, the earlier one is refused with 409, which counts as served.
    return response.ok || response.status === 409
  }
  const isHealthy = async (): Promise<boolean> => {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    await response.arrayBuffer()
    return response.ok
  }
  const tally = createTally()
  const candidate = await openCandidate(url, watched!, tally)
  return {
    feel: async ms => await feel(ms, { save, isHealthy, tally }),
    close: async () => { await candidate.close() }
  }
}

async function openCandidate (url: string, { userId, token }: Seat, tally: Tally): Promise<SimulatedCandidate> {
  const candidate = new SimulatedCandidate({
    url: new URL(`/ws/${userId}`, url.replace(/^http/, 'ws')),
    token,
    reel: await emptyRoom(),
    offset: 0,
    fps: FPS,
    followRate: false,
    tally
  })
  await candidate.open()
  candidate.stream(0)
  return candidate
}

interface Work {
  readonly save: () => Promise<boolean>
  readonly isHealthy: () => Promise<boolean>
  readonly tally: Tally
}

async function feel (ms: number, { save, isHealthy, tally }: Work): Promise<Felt> {
  const untilMs = performance.now() + ms
  const before = { sent: tally.framesSent, analyzed: tally.framesProcessed, events: new Map(tally.events) }
  let failed = 0
  /**
   * Sends at fixed times, whether or not the request before was answered, so that a stalled server does not slow down
   * its own measurement.
   */
  const steady = async (everyMs: number, request: () => Promise<boolean>): Promise<number[]> => {
    const times: Array<Promise<number>> = []
    for (let dueMs = performance.now(); dueMs < untilMs; dueMs += everyMs) {
      await sleep(Math.max(0, dueMs - performance.now()))
      const sentMs = performance.now()
      times.push(request().catch(() => false).then(isGood => {
        if (!isGood) failed++
        return performance.now() - sentMs
      }))
    }
    return await Promise.all(times)
  }
  const [answersMs, healthMs] = await Promise.all([steady(ANSWER_MS, save), steady(HEALTH_MS, isHealthy)])
  const framesSent = tally.framesSent - before.sent
  await sleep(SETTLE_MS)
  const late = tally.framesSent - before.sent - framesSent
  return {
    answersMs,
    healthMs,
    failed,
    framesSent,
    // Frames of the settling time are not counted; they are sent at the same rate.
    framesAnalyzed: Math.min(framesSent, Math.max(0, tally.framesProcessed - before.analyzed - late)),
    events: Object.fromEntries([...tally.events].map(([kind, times]) => [kind, times - (before.events.get(kind) ?? 0)]))
  }
}
