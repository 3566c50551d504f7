import { CommandError } from '../output.ts'

/** What the server gives a new account. */
export interface Login {
  readonly accessToken: string
  readonly refreshToken: string
  readonly user: { readonly id: string }
}

export interface Api {
  signUp (account: { readonly email: string, readonly name: string, readonly password: string }): Promise<Login>
  refresh (refreshToken: string): Promise<Login>
  startExam (login: Login): Promise<void>
  stopExam (login: Login): Promise<void>
}

/** A busy server's 429 and 503 are waited out this many times. */
const TRIES_MAX = 6
const WAIT_MS_MAX = 30_000

/** The few REST calls that a candidate makes; each throws a CommandError that names the call and the answer. */
export function createApi (base: URL): Api {
  async function post (path: string, body: unknown, token?: string): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(new URL(`/api/v1${path}`, base), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` })
        },
        body: JSON.stringify(body)
      }).catch(error => {
        throw new CommandError(`No server answers at ${base.origin}. Start it with: npm start`, { cause: error })
      })
      const answer: unknown = await response.json().catch(() => undefined)
      if (response.ok) return answer
      if ((response.status === 429 || response.status === 503) && attempt < TRIES_MAX) {
        const seconds = Number(response.headers.get('retry-after') ?? attempt)
        await new Promise(resolve =>
          setTimeout(resolve, Math.min(WAIT_MS_MAX, (Number.isFinite(seconds) ? seconds : attempt) * 1000))
        )
        continue
      }
      throw new CommandError(`POST ${path} was answered with ${response.status}: ${JSON.stringify(answer)}`)
    }
  }
  return {
    signUp: async account => await post('/auth/signup', account) as Login,
    async refresh (refreshToken) {
      return await post('/auth/refresh', { refreshToken }) as Login
    },
    async startExam ({ user, accessToken }) {
      await post(`/exam/start/${user.id}`, {}, accessToken)
    },
    async stopExam ({ user, accessToken }) {
      await post(`/exam/stop/${user.id}`, {}, accessToken)
    }
  }
}
