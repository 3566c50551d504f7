import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { openDatabase } from '../../db/index.ts'
import { program } from '../support/program.ts'

function start (task: 'open' | 'hold', url: string) {
  const child = spawn(process.execPath, [...program('test/support/open-database'), task, url], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let said = ''
  child.stdout.on('data', chunk => { said += String(chunk) })
  child.stderr.on('data', chunk => { said += String(chunk) })
  return { child, said: () => said }
}

/** Checks the lock around migrations; `freshUrl` returns a new empty database. */
export async function testProcesses (t: Test, freshUrl: (name: string) => Promise<string>): Promise<void> {
  await t.test('six processes that start at once on an empty database all come up', async t => {
    const url = await freshUrl('six')
    const results = await Promise.all(Array.from({ length: 6 }, async () => {
      const { child, said } = start('open', url)
      const [status] = await once(child, 'close')
      return { status, said: said().trim() }
    }))
    t.same(results, Array.from({ length: 6 }, () => ({ status: 0, said: 'opened' })))
    const db = await openDatabase({ url })
    t.teardown(() => db.close())
    t.equal(Object.keys(await db.settings.all()).filter(key => key.startsWith('opened-')).length, 6)
  })

  await t.test('a start waits for the holder of the lock, and goes on when it is killed', async t => {
    const url = await freshUrl('holder')
    const { child, said } = start('hold', url)
    t.teardown(() => { child.kill('SIGKILL') })
    while (!said().includes('held')) await once(child.stdout, 'data')
    let ended = false
    const opening = openDatabase({ url }).then(db => {
      t.equal(ended, true, 'not before the holder ended')
      return db
    })
    // Longer than an open that does not wait takes (some 50 ms); a slower machine only makes the check weaker.
    await Promise.race([opening, new Promise(resolve => setTimeout(resolve, 400))])
    ended = true
    child.kill('SIGKILL')
    const db = await opening
    t.teardown(() => db.close())
    await db.ping()
  })
}
