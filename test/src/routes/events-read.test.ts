import t from 'tap'
import { DatabaseError } from '../../../db/index.ts'
import { bn } from '../../../src/i18n/bn.ts'
import { build, call, person } from '../../support/app.ts'
import { report, list, session } from '../../support/reported-events.ts'

t.test('events are listed newest first, filtered and page by page; students see their own', async t => {
  const app = await build(t)
  const student = await person(app)
  const other = await person(app)
  const admin = await person(app, 'admin')
  await session(app, other)
  const id = await session(app, student)
  await report(app, student, { events: [{ kind: 'paste' }, { kind: 'copy' }, { kind: 'print' }] })
  await report(app, other, { kind: 'paste' })
  const first = await list(app, student, '?limit=2')
  t.match(first.body.events, [{ kind: 'print' }, { kind: 'copy' }])
  t.match((await list(app, student, `?limit=2&before=${first.body.next}`)).body, {
    events: [{ kind: 'paste' }],
    next: null
  })
  t.notOk('weight' in first.body.events[0]!)
  t.equal((await list(app, admin, '?kind=paste')).body.events.length, 2)
  t.equal((await list(app, admin, `?kind=PASTE&sessionId=${id}`)).body.events.length, 1)
  t.match((await list(app, admin, `?userId=${student.user.id}&kind=print`)).body.events, [
    { kind: 'print', weight: 2, userName: student.user.name }
  ])
  t.notOk('userName' in first.body.events[0]!)
  t.same((await list(app, admin, `?fromMs=${Date.now() + 60_000}`)).body.events, [])
  t.equal((await list(app, admin, `?toMs=${Date.now() + 60_000}`)).body.events.length, 4)
  t.match(await list(app, student, `?userId=${other.user.id}`), {
    status: 403,
    body: { code: 'INVIGIL_ERR_NOT_YOURS' }
  })
  for (const query of ['?limit=0', '?limit=501', '?before=x', '?fromMs=x', '?nothing=1']) {
    t.equal((await list(app, admin, query)).status, 400, query)
  }
  t.match((await list(app, student, '?lang=bn&limit=1')).body.events, [{ event: bn.events.print }])
})

t.test('while the database is away the response to a report says that it is not stored yet', async t => {
  let away = false
  const app = await build(t, {
    services: services => ({ ...services, db: services.db }),
    live: { writer: { groupMs: 1 } }
  })
  const { db } = app.services
  const append = db.events.appendOwned
  Object.assign(db.events, {
    appendOwned: async (...args: Parameters<typeof append>) => {
      if (away) throw new DatabaseError('unavailable', 'ECONNREFUSED')
      return await append(...args)
    }
  })
  const student = await person(app)
  await session(app, student)
  away = true
  t.match(await report(app, student, { kind: 'paste' }), { status: 201, body: { stored: false, riskScore: 2 } })
  away = false
  await app.services.live.flush()
  t.match((await list(app, student, '?kind=paste')).body.events, [{ kind: 'paste' }])
})

t.test('custom events are dated within the last ten seconds, whatever times a page claims', async t => {
  const app = await build(t)
  const student = await person(app)
  const { session } = await app.services.db.sessions.open({ userId: student.user.id, atMs: Date.now() - 60_000 })
  await app.services.live.start(session)
  const events = [
    { kind: 'Chat one', atMs: 0 },
    { kind: 'Chat two', atMs: 0, durationMs: 86_400_000 },
    { kind: 'Chat three', atMs: Date.now() + 1_000_000, durationMs: 5_000 },
    { kind: 'Chat four', durationMs: 1_000 },
    { kind: 'paste', atMs: 0 }
  ]
  const fromMs = Date.now() - 10_000
  t.match(await call(app, 'POST', '/events', { headers: student.headers, payload: { events } }), { status: 201 })
  const rows = await app.services.db.events.listBySession(session.id, { limit: 100 })
  const own = rows.filter(({ kind }) => kind.startsWith('x_') || kind === 'paste')
  t.equal(own.length, 8)
  for (const { kind, phase, atMs } of own) {
    t.ok(atMs >= fromMs && atMs <= Date.now(), `${kind} ${phase} at ${atMs - fromMs}`)
  }
  t.equal(own.find(({ kind, phase }) => kind === 'x_chat_four' && phase === 'end')?.durationMs, 1_000)
})
