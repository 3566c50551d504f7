import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { newId, openDatabase, type Database, type EventRow } from '../db/index.ts'
import { mariadbMissing, startMariadb } from '../test/support/mariadb.ts'
import { part } from './part.ts'

/** Number of gateways that write to MariaDB at once; each has one open commit of events. */
const GATEWAYS = 4
/** Rows in one commit, as in the gateway. */
const GROUP_ROWS = 100
/** Scores that a gateway saves at the same time; the database writes them in a few commits. */
const SCORES_DUE = 50
const WARM_UP_MS = 1_000
const MEASURED_MS = 5_000

export interface DatabaseRates {
  /** Event rows and score updates stored a second, measured one after the other. */
  readonly rows: number
  readonly updates: number
}

export interface DatabaseFigures {
  readonly sqlite: DatabaseRates
  /** Null if MariaDB is not installed. */
  readonly mariadb: DatabaseRates | null
}

/** How many event rows and score updates does a database store a second? It runs on the same cores. */
async function database (): Promise<DatabaseFigures> {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-bench-'))
  try {
    const sqlite = await rates(`file:${path.join(folder, 'invigil.db')}`, 1)
    if (mariadbMissing() !== false) return { sqlite, mariadb: null }
    const server = await startMariadb()
    try {
      return { sqlite, mariadb: await rates(server.url, GATEWAYS) }
    } finally {
      await server.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Gateway {
  readonly db: Database
  readonly sessions: ReadonlyArray<{ readonly id: string, readonly userId: string }>
}

async function rates (url: string, count: number): Promise<DatabaseRates> {
  const gateways: Gateway[] = []
  try {
    while (gateways.length < count) gateways.push(await open(url))
    let writes = 0
    const rows = await perSecond(gateways, async ({ db, sessions }) => {
      await db.events.append(Array.from({ length: GROUP_ROWS }, (_, index) => row(sessions[index % sessions.length]!)))
      return GROUP_ROWS
    })
    const updates = await perSecond(gateways, async ({ db, sessions }) => {
      writes++
      await Promise.all(
        sessions.map(
          async ({ id }) =>
            await db.sessions.setScores(
              id,
              { riskScore: writes % 50, trustScore: 80, complianceScore: 90, seenPercent: 99.5, eventCount: writes },
              writes
            )
        )
      )
      return sessions.length
    })
    return { rows, updates }
  } finally {
    for (const { db } of gateways) await db.close()
  }
}

async function open (url: string): Promise<Gateway> {
  const db = await openDatabase({ url })
  const sessions: Array<Gateway['sessions'][number]> = []
  while (sessions.length < SCORES_DUE) {
    const userId = newId()
    await db.users.create({
      id: userId,
      email: `bench-${userId}@invigil.example`,
      name: 'Candidate',
      role: 'student',
      createdAtMs: 0
    })
    sessions.push((await db.sessions.open({ userId, atMs: 0 })).session)
  }
  return { db, sessions }
}

/** Lets each gateway repeat `work`, and returns how much all of them did in a second. */
async function perSecond (gateways: readonly Gateway[], work: (gateway: Gateway) => Promise<number>): Promise<number> {
  const run = async (ms: number): Promise<number> => {
    const begunMs = performance.now()
    let done = 0
    await Promise.all(gateways.map(async gateway => {
      while (performance.now() - begunMs < ms) done += await work(gateway)
    }))
    return done / (performance.now() - begunMs) * 1000
  }
  await run(WARM_UP_MS)
  return Math.round(await run(MEASURED_MS))
}

function row ({ id: sessionId, userId }: { readonly id: string, readonly userId: string }): EventRow {
  return {
    id: newId(),
    sessionId,
    userId,
    kind: 'looking_away',
    phase: 'start',
    incident: 1,
    atMs: 1,
    durationMs: null,
    class: 'integrity',
    severity: 'medium',
    weight: 2,
    detail: { direction: 'left', yawDegrees: 31.4, limitDegrees: 20, frames: 6, models: { face_mesh: '1' } },
    createdAtMs: 1
  }
}

function table ({ sqlite, mariadb }: DatabaseFigures): string {
  const line = (name: string, { rows, updates }: DatabaseRates): string =>
    `  ${name}: ${rows} event rows a second in commits of ${GROUP_ROWS}, or ${updates} updates of scores`
  return [
    'What a database takes, on the cores of this machine',
    line('SQLite', sqlite),
    mariadb === null ? '  MariaDB is not installed here' : line(`MariaDB from ${GATEWAYS} gateways`, mariadb)
  ].join('\n')
}

export default part('database', database, table)
