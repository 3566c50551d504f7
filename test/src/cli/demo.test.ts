import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { skipWithoutBuild } from '../../support/run-cli.ts'
import { until } from '../../support/until.ts'

t.setTimeout(240_000)

t.test('the demo streams drawn candidates, stores their events and ends', { skip: skipWithoutBuild }, async t => {
  const temporary = t.testdir()
  const modelsDir = existsSync('../shared/models') ? path.resolve('../shared/models') : 'models'
  const child = spawn(process.execPath, ['dist/src/cli/main.js', 'demo', '--seconds', '20', '--port', '0'], {
    env: { ...process.env, NODE_OPTIONS: '', MODELS_DIR: modelsDir, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const closed = once(child, 'close') as Promise<[code: number | null]>
  let output = ''
  let problems = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { problems += text })
  await until(() => output.includes('The demo ends'), 180_000)
  const url = /http:\/\/localhost:\d+/.exec(output)![0]
  const logins = [...output.matchAll(/^ {2}(proctor|admin|candidate) +(\S+) +(\S+)$/gm)]
  t.same(logins.map(([, name]) => name), ['proctor', 'admin', 'candidate'])
  const tokens = await Promise.all(logins.map(async ([, , email, password]) => {
    const response = await fetch(`${url}/api/v1/auth/login/password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password })
    })
    t.equal(response.status, 200, `${email} logs in`)
    return (await response.json() as { readonly accessToken: string }).accessToken
  }))
  const headers = { authorization: `Bearer ${tokens[0]}` }
  const { sessions } = await (await fetch(`${url}/api/v1/sessions?state=active`, { headers })).json() as {
    readonly sessions: readonly { readonly eventCount: number }[]
  }
  t.equal(sessions.length, 4, 'the proctor sees four candidates')
  const [code] = await closed
  t.equal(code, 0, problems)
  t.match(output, /events stored: \w+ \d/)
  t.same(readdirSync(temporary), [], 'its data is removed, and the engine wrote no usage reports')
})
