import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashPassword } from '../src/accounts/password-hash.ts'
import { openDatabase } from '../db/index.ts'
import { SERVERS } from '../test/support/servers.ts'
import { EXAMS, fillInbox, SESSIONS, type Filled } from './inbox-rows.ts'
import { quantile, round } from './numbers.ts'
import { part } from './part.ts'
import { startScriptedGateway } from './scripted-server.ts'

const PASSWORD = 'a password of the inbox bench'
const ADMIN = 'admin@example.org'
const TEACHER = 'teacher@example.org'
const WARM_UP = 5
const TIMES = 60
/** The measures of all rules read every incident of every reviewed session: they take seconds. */
const RULES_TIMES = 20
/** A later page is reached in steps of this many sessions, and is so many steps away. */
const STEP = 100
const STEPS = 50
const TEACHER_STEPS = 5
const P95_MS_MAX = 200

export interface InboxTimes {
  readonly request: string
  readonly p50Ms: number
  readonly p95Ms: number
  /** Sessions, or rules, in the response. */
  readonly rows: number
}

export interface Inbox {
  readonly databases: ReadonlyArray<Omit<Filled, 'examId'> & {
    readonly database: string
    readonly times: readonly InboxTimes[]
  }>
}

/** How long do a reviewer's lists take by HTTP, one request after the other, with ten thousand sessions to review? */
async function measureInbox (): Promise<Inbox> {
  const databases: Array<Inbox['databases'][number]> = []
  const folder = await mkdtemp(join(tmpdir(), 'invigil-inbox-'))
  try {
    databases.push(await measureOn('SQLite', `file:${join(folder, 'invigil.db')}`, folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  for (const { name, missing, start } of SERVERS) {
    const reason = missing()
    if (reason !== false) {
      process.stderr.write(`inbox: ${reason}\n`)
      continue
    }
    const server = await start()
    const dataDir = await mkdtemp(join(tmpdir(), 'invigil-inbox-'))
    try {
      databases.push(await measureOn(name, server.url, dataDir))
    } finally {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
    }
  }
  return { databases }
}

async function measureOn (database: string, url: string, dataDir: string): Promise<Inbox['databases'][number]> {
  const db = await openDatabase({ url })
  const passwordHash = await hashPassword(PASSWORD)
  const enter = async (email: string, role: 'admin' | 'teacher'): Promise<string> =>
    (await db.users.create({ email, name: `The ${role}`, role, passwordHash, createdAtMs: Date.now() })).id
  const staff = { adminId: await enter(ADMIN, 'admin'), teacherId: await enter(TEACHER, 'teacher') }
  await db.close()
  const { examId, ...counts } = await fillInbox(url, staff)
  const server = await startScriptedGateway(dataDir, undefined, { DATABASE_URL: url, REQUESTS_PER_MINUTE: '100000' })
  try {
    const [admin, teacher] = [await logIn(server.url, ADMIN), await logIn(server.url, TEACHER)]
    const requests: ReadonlyArray<readonly [string, Asking, string]> = [
      ['first page', admin, '/reviews'],
      ['first page of 100', admin, '/reviews?limit=100'],
      [`page after ${STEP * STEPS}`, admin, `/reviews?limit=20${await pageOf(admin, STEPS)}`],
      ['also without risk', admin, '/reviews?all=true'],
      ['unreviewed', admin, '/reviews?state=unreviewed'],
      ['in review', admin, '/reviews?state=in_review'],
      ['decided', admin, '/reviews?state=decided'],
      ['of one exam', admin, `/reviews?examId=${examId}`],
      ['of one exam, unreviewed', admin, `/reviews?examId=${examId}&state=unreviewed`],
      ['claimed by the reviewer', admin, '/reviews?mine=true'],
      ['open appeals', admin, '/reviews?appeals=true'],
      ['first page of a teacher', teacher, '/reviews'],
      ['unreviewed of a teacher', teacher, '/reviews?state=unreviewed'],
      [`page after ${STEP * TEACHER_STEPS} of a teacher`, teacher, `/reviews?limit=20${await pageOf(teacher, TEACHER_STEPS)}`],
      ['rules of one exam', teacher, `/reviews/rules?examId=${examId}`],
      ['rules of a teacher', teacher, '/reviews/rules'],
      ['rules of all', admin, '/reviews/rules']
    ]
    const times: InboxTimes[] = []
    for (const [request, ask, path] of requests) {
      times.push({ request, ...await timesOf(ask, path, path.startsWith('/reviews/rules') ? RULES_TIMES : TIMES) })
    }
    return { database, ...counts, times }
  } finally {
    await server.stop()
  }
}

/** Sends a GET; `next` is the query of the page after it. */
type Asking = (path: string) => Promise<{ readonly rows: number, readonly next: string }>

async function pageOf (ask: Asking, steps: number): Promise<string> {
  let after = ''
  for (let step = 0; step < steps; step++) after = (await ask(`/reviews?limit=${STEP}${after}`)).next
  return after
}

async function logIn (url: string, email: string): Promise<Asking> {
  const login = await fetch(`${url}/api/v1/auth/login/password`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD })
  })
  const { accessToken } = await login.json() as { readonly accessToken: string }
  return async path => {
    const response = await fetch(`${url}/api/v1${path}`, { headers: { authorization: `Bearer ${accessToken}` } })
    const body = await response.json() as {
      readonly sessions?: readonly unknown[]
      readonly rules?: readonly unknown[]
      readonly next?: string | null
    }
    const rows = (body.sessions ?? body.rules)?.length ?? 0
    if (!response.ok || rows === 0) throw new Error(`GET ${path}: ${response.status} with ${rows} rows`)
    return { rows, next: typeof body.next === 'string' ? `&after=${body.next}` : '' }
  }
}

async function timesOf (ask: Asking, path: string, count: number): Promise<Omit<InboxTimes, 'request'>> {
  let rows = 0
  for (let time = 0; time < WARM_UP; time++) rows = (await ask(path)).rows
  const takenMs: number[] = []
  for (let time = 0; time < count; time++) {
    const begunMs = performance.now()
    await ask(path)
    takenMs.push(performance.now() - begunMs)
  }
  return { p50Ms: round(quantile(takenMs, 0.5)), p95Ms: round(quantile(takenMs, 0.95)), rows }
}

function table ({ databases }: Inbox): string {
  const lines = [
    `The review inbox with ${SESSIONS} sessions of ${EXAMS} exams, each request ${TIMES} times, of rules ${RULES_TIMES}; ` +
      `goal: p95 at most ${P95_MS_MAX} ms`
  ]
  for (const { database, events, evidence, judged, times } of databases) {
    lines.push(`  ${database}: ${events} events, ${evidence} pieces of evidence, ${judged} judged incidents`)
    for (const { request, p50Ms, p95Ms, rows } of times) {
      lines.push(
        `    ${request.padEnd(30)} p50 ${p50Ms.toFixed(1).padStart(7)}  p95 ${p95Ms.toFixed(1).padStart(7)} ms` +
          `  (${rows} rows)${p95Ms > P95_MS_MAX ? '  missed' : ''}`
      )
    }
  }
  return lines.join('\n')
}

export default part('inbox', measureInbox, table)
