/** An exam with its teacher and a room full of candidates, written straight into a database before gateways open it. */
import { newId, openDatabase } from '../../db/index.ts'
import { hashPassword } from '../../src/accounts/password-hash.ts'

const PASSWORD = 'seven green lanterns'

/** One account that can log in. */
export interface Account {
  readonly id: string
  readonly email: string
}

export interface Stage {
  readonly teacher: Account
  readonly students: readonly Account[]
}

/**
 * Creates a teacher and `count` students with the same password. The gateway that ran on the database may go on
 * running.
 */
export async function createAccounts (databaseUrl: string, count: number): Promise<Stage> {
  const db = await openDatabase({ url: databaseUrl })
  try {
    const passwordHash = await hashPassword(PASSWORD)
    const create = async (role: 'student' | 'teacher'): Promise<Account> => {
      const id = newId()
      const { email } = await db.users.create({
        id,
        email: `${id}@example.org`,
        name: `The ${role}`,
        role,
        passwordHash,
        createdAtMs: Date.now()
      })
      return { id, email }
    }
    const teacher = await create('teacher')
    const students: Account[] = []
    while (students.length < count) students.push(await create('student'))
    return { teacher, students }
  } finally {
    await db.close()
  }
}

/** A logged-in account: sends requests with its token. `undefined` stands for no response. */
export interface Caller {
  readonly account: Account
  readonly token: string
  /** Sends to `url` and reads the JSON response; status 0 if there was none within `timeoutMs`. */
  call (url: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: object, timeoutMs?: number): Promise<Reply>
}

export interface Reply {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

const TIMEOUT_MS = 40_000

async function send (url: string, init: RequestInit, timeoutMs: number): Promise<Reply> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) as Reply['body'] }
  } catch {
    return { status: 0, body: {} }
  }
}

/** Logs `account` in at the gateway `url`; throws if the gateway refuses. */
export async function logIn (url: string, account: Account): Promise<Caller> {
  const json = { 'content-type': 'application/json' }
  const { status, body } = await send(
    `${url}/api/v1/auth/login/password`,
    { method: 'POST', headers: json, body: JSON.stringify({ email: account.email, password: PASSWORD }) },
    TIMEOUT_MS
  )
  if (status !== 200) throw new Error(`login refused: ${status} ${JSON.stringify(body)}`)
  const token = String(body['accessToken'])
  return {
    account,
    token,
    call: async (base, method, path, payload, timeoutMs = TIMEOUT_MS) =>
      await send(
        `${base}/api/v1${path}`,
        {
          method,
          headers: { authorization: `Bearer ${token}`, ...(payload !== undefined && json) },
          ...(payload !== undefined && { body: JSON.stringify(payload) })
        },
        timeoutMs
      )
  }
}

export interface Exam {
  readonly id: string
  /** A question of kind `short`. */
  readonly shortId: string
  /** A question of kind `code`. */
  readonly codeId: string
}

/** Publishes an exam that is open to every student; `policy` changes its preset. */
export async function publishExam (url: string, teacher: Caller, policy?: object): Promise<Exam> {
  const request = async (path: string, payload?: object, method: 'POST' | 'PUT' = 'POST'): Promise<Reply['body']> => {
    const { status, body } = await teacher.call(url, method, path, payload)
    if (status !== 200 && status !== 201) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`)
    return body
  }
  const { id } = await request('/exams', { title: 'Chaos', isOpenToAll: true, durationMs: 4 * 3_600_000 })
  if (policy !== undefined) await request(`/exams/${String(id)}/policy`, policy, 'PUT')
  const short = await request(`/exams/${String(id)}/questions`, {
    kind: 'short',
    text: 'A word',
    points: 1,
    body: { accepted: ['word'] }
  })
  const code = await request(`/exams/${String(id)}/questions`, {
    kind: 'code',
    text: 'Print 1.',
    points: 1,
    body: { language: 'python' }
  })
  await request(`/exams/${String(id)}/publish`, {})
  return { id: String(id), shortId: String(short['id']), codeId: String(code['id']) }
}

/** Consents to everything that the exam asks for, begins the attempt, and returns the id of its session. */
export async function consentAndStart (caller: Caller, exam: Exam, url: string): Promise<string> {
  const call = async (method: 'GET' | 'POST' | 'PUT', path: string, payload?: object): Promise<Reply['body']> => {
    const { status, body } = await caller.call(url, method, path, payload)
    if (status !== 200 && status !== 201) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`)
    return body
  }
  const { noticeSha256, items } = await call('GET', `/exams/${exam.id}/consent`) as {
    readonly noticeSha256: string
    readonly items: ReadonlyArray<{ readonly key: string }>
  }
  await call('PUT', `/exams/${exam.id}/consent`, {
    noticeSha256,
    items: Object.fromEntries(items.map(({ key }) => [key, true]))
  })
  const { session } = await call('POST', `/exams/${exam.id}/start`, {}) as { readonly session: { readonly id: string } }
  return session.id
}
