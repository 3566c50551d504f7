import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { PAGE_EVENT_KINDS } from '../../../src/protocol/messages.ts'
import { connect, type LogsLine } from '../../support/gateway.ts'
import { program } from '../../support/program.ts'

t.test('every event sent as stored is in the database after the process was killed', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-kill-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const url = `file:${path.join(folder, 'invigil.db')}`
  const child = spawn(process.execPath, [...program('test/support/gateway-child'), url], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]

  const clients = await Promise.all((JSON.parse(line) as string[]).map(address => connect(t, address)))
  // Several small commits are in progress when the process is killed.
  const killed = new Promise<void>(resolve => {
    let stored = 0
    for (const { socket } of clients) {
      socket.on('message', data => {
        if (!String(data).includes('"stored":true')) return
        if (++stored === 12) {
          child.kill('SIGKILL')
          resolve()
        }
      })
    }
  })
  for (const event of PAGE_EVENT_KINDS) {
    for (const client of clients) client.send({ type: 'event', event })
    await new Promise(resolve => setImmediate(resolve))
  }
  await killed
  await Promise.all(clients.map(client => client.closed))

  const promised = clients.flatMap(client => client.received)
    .filter(message => message.type === 'logs' && message['stored'] === true)
    .flatMap(message => (message['data'] as LogsLine[]).map(entry => entry.id))
  const db = await openDatabase({ url })
  t.teardown(() => db.close())
  const rows = await db.events.listAfter({ limit: 1000 })
  const ids = new Set(rows.map(row => row.id))
  t.ok(promised.length >= 12 && promised.length < clients.length * PAGE_EVENT_KINDS.length, 'it died in the middle')
  t.same(promised.filter(id => !ids.has(id)), [], `${promised.length} promised, ${rows.length} stored`)
  t.match(await db.sessions.countByState(), { active: 6 }, 'the sessions are open to go on')
})
