import t from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import { kindOf } from '../../../src/protocol/event-report.ts'
import { analysis, build, call, face, person, type LoggedIn } from '../../support/app.ts'
import { type Line, report, list, session } from '../../support/reported-events.ts'

t.test('a name may be a kind in any case, a customary name, or a custom kind with its prefix', async t => {
  const names = {
    TAB_SWITCH: 'tab_switch',
    'tab-switch': 'tab_switch',
    NO_FACE: 'face_missing',
    NO_FRAME_RECEIVED: 'no_frames',
    'Chat opened': 'x_chat_opened',
    x_chat_opened: 'x_chat_opened',
    X_1: 'x_1'
  }
  for (const [name, kind] of Object.entries(names)) t.equal(kindOf(name), kind, name)
  for (const name of ['', '  ', '!?', 'ফোন']) t.equal(kindOf(name), undefined, name)
  t.equal(kindOf('a'.repeat(64))?.length, 62)
})

t.test('a candidate reports one or many page events, and the state of the devices', async t => {
  const app = await build(t)
  const student = await person(app)
  t.match(await report(app, student, { kind: 'tab_switch' }), { status: 404, body: { code: 'INVIGIL_ERR_SESSION_NONE' } })
  const id = await session(app, student)
  const response = await report(app, student, { kind: 'TAB_SWITCH', phase: 'start', detail: { url: null, tabs: 2 } })
  t.match(response, {
    status: 201,
    body: {
      sessionId: id,
      stored: true,
      riskScore: 3,
      riskLevel: 'Low',
      events: [{ kind: 'tab_switch', event: 'Switched to another tab', phase: 'start', severity: 'medium' }]
    }
  })
  t.notOk('weight' in response.body.events[0]!, 'weights are not for candidates')
  t.match((await report(app, student, { kind: 'tab_switch', phase: 'end' })).body.events, [
    { phase: 'end', incident: response.body.events[0]!.incident }
  ])
  t.match(await report(app, student, { camera: false, microphone: true }), {
    status: 201,
    body: { events: [{ kind: 'camera_off', phase: 'start' }] }
  })
  t.match((await call(app, 'GET', `/sessions/${id}`, { headers: student.headers })).body, {
    camera: 'off',
    microphone: 'on'
  })
  await report(app, student, { camera: true })
  t.match((await call(app, 'GET', `/sessions/${id}`, { headers: student.headers })).body, { camera: 'on' })
  const many = await report(app, student, {
    events: [{ kind: 'paste' }, { kind: 'paste' }, { kind: 'Chat opened', durationMs: 1000, detail: { site: 'x' } }]
  })
  t.match(many.body, {
    riskScore: 3 + 2 + 1,
    riskLevel: 'Medium',
    events: [
      { kind: 'paste' },
      { kind: 'x_chat_opened', event: 'Reported: chat opened', phase: 'start' },
      { kind: 'x_chat_opened', phase: 'end' }
    ]
  })
  t.equal(many.body.events.length, 3, 'a repetition within a second is kept back')
  const stored = await app.services.db.events.listBySession(id, { limit: 50 })
  t.match(
    stored.find(({ kind }) => kind === 'tab_switch'),
    { detail: { url: null, tabs: 2, source: 'page' } },
    'values keep their types'
  )
})

t.test(
  'a candidate may not report kinds that the server judges, nor for others, in a pause, or after the end',
  async t => {
    const app = await build(t)
    const student = await person(app)
    const other = await person(app)
    const id = await session(app, student)
    const bad: ReadonlyArray<[LoggedIn, object, number, string]> = [
      [student, { kind: 'NO_FACE' }, 400, 'INVIGIL_ERR_EVENT_UNKNOWN'],
      [
        student,
        { events: [{ kind: 'paste' }, { kind: 'suspicious_activity', description: 'x' }] },
        400,
        'INVIGIL_ERR_EVENT_UNKNOWN'
      ],
      [student, {}, 400, 'INVIGIL_ERR_VALIDATION'],
      [student, { kind: '!!' }, 400, 'INVIGIL_ERR_VALIDATION'],
      [student, { kind: 'x'.repeat(65) }, 400, 'INVIGIL_ERR_VALIDATION'],
      [student, { kind: 'chat', phase: 'start' }, 400, 'INVIGIL_ERR_VALIDATION'],
      [student, { kind: 'paste', durationMs: 5 }, 400, 'INVIGIL_ERR_VALIDATION'],
      [student, { kind: 'paste', weight: 0 }, 400, 'INVIGIL_ERR_VALIDATION'],
      [student, { kind: 'paste', detail: { deep: { er: 1 } } }, 400, 'INVIGIL_ERR_VALIDATION'],
      [student, { events: Array(101).fill({ kind: 'paste' }) }, 400, 'INVIGIL_ERR_VALIDATION'],
      [student, { sessionId: 'x', kind: 'paste' }, 400, 'INVIGIL_ERR_VALIDATION'],
      [
        student,
        { sessionId: '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11', kind: 'paste' },
        404,
        'INVIGIL_ERR_SESSION_UNKNOWN'
      ],
      [other, { sessionId: id, kind: 'paste' }, 403, 'INVIGIL_ERR_NOT_YOURS']
    ]
    for (const [by, payload, status, code] of bad) {
      t.match(await report(app, by, payload), { status, body: { code } }, JSON.stringify(payload).slice(0, 80))
    }
    t.same(await app.services.db.events.listBySession(id, { limit: 5 }), [], 'nothing half-written')
    await app.services.live.pause(id, 'system')
    t.match(await report(app, student, { kind: 'paste' }), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_PAUSED' } })
    await app.services.live.stop(id, 'system')
    t.match(await report(app, student, { sessionId: id, kind: 'paste' }), {
      status: 409,
      body: { code: 'INVIGIL_ERR_SESSION_ENDED' }
    })
  }
)

t.test('staff report any kind in sessions they may oversee, open or ended, and the audit log has it', async t => {
  const app = await build(t)
  const { db, live } = app.services
  const student = await person(app)
  const teacher = await person(app, 'teacher')
  const id = await session(app, student)
  t.match(await report(app, teacher, { sessionId: id, kind: 'suspicious_activity' }), {
    status: 400,
    body: { details: { fields: [{ field: 'description' }] } }
  })
  t.match(
    await report(app, teacher, {
      sessionId: id,
      kind: 'suspicious_activity',
      description: 'Talks to a person',
      severity: 'low'
    }),
    {
      status: 201,
      body: {
        riskScore: 3,
        events: [
          {
            kind: 'suspicious_activity',
            event: 'Suspicious activity reported',
            phase: 'instant',
            severity: 'low',
            weight: 3,
            detail: { description: 'Talks to a person', source: 'staff', by: teacher.user.id }
          }
        ]
      }
    }
  )
  t.match(await db.audit.list({ limit: 1 }), [
    {
      actorId: teacher.user.id,
      action: 'session.report',
      targetId: id,
      detail: { kinds: ['suspicious_activity'], events: 1 }
    }
  ])
  const lasting = await report(app, teacher, {
    sessionId: id,
    kind: 'NO_FACE',
    atMs: Date.now() - 10_000,
    durationMs: 4000
  })
  t.match(lasting.body, {
    riskScore: 5,
    riskLevel: 'Medium',
    events: [
      { kind: 'face_missing', phase: 'start' },
      { phase: 'end', durationMs: 4000 }
    ]
  })
  t.match(
    (await report(app, teacher, { sessionId: id, camera: false })).body.events,
    [{ kind: 'camera_off', phase: 'start', detail: { by: teacher.user.id } }],
    'of the page, and who says so'
  )

  await live.stop(id, 'system')
  t.match(await report(app, teacher, { sessionId: id, camera: true }), {
    status: 409,
    body: { code: 'INVIGIL_ERR_SESSION_ENDED' }
  })
  t.match(await report(app, teacher, { sessionId: id, kind: 'PHONE_DETECTED', atMs: 5 }), {
    status: 201,
    body: { riskScore: 9, events: [{ kind: 'phone' }] }
  })
  const after = await db.sessions.byId(id)
  t.match(after, { riskScore: 9, state: 'stopped' }, 'the scores of a session that is over follow')
  const rows = await db.events.listBySession(id, { limit: 50 })
  t.equal(
    rows.find(({ kind }) => kind === 'phone')?.atMs,
    after!.startedAtMs,
    'a time outside is moved into the session'
  )
  t.equal(new Set(rows.filter(row => row.class !== 'coverage').map(({ incident }) => incident)).size, 4)

  const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', atMs: Date.now() })
  const theirs = await session(app, await person(app), exam.id)
  const stranger = await person(app, 'teacher')
  t.match(await report(app, stranger, { sessionId: theirs, kind: 'phone' }), {
    status: 403,
    body: { code: 'INVIGIL_ERR_NOT_YOURS' }
  })
  t.equal((await report(app, teacher, { sessionId: theirs, kind: 'phone' })).status, 201)
  t.equal((await report(app, await person(app, 'admin'), { sessionId: theirs, kind: 'phone' })).status, 201)

  t.equal((await list(app, stranger, `?sessionId=${theirs}`)).status, 403)
  t.same(
    [
      ...new Set(
        (await list(app, stranger, '?kind=PHONE_DETECTED')).body.events.map(
          line => (line as unknown as { sessionId: string }).sessionId
        )
      )
    ],
    [id],
    "of a session without an exam, not of another's exam"
  )
})

t.test('a page has a quota of custom kinds and events, and staff have a higher one', async t => {
  const app = await build(t, { live: { limits: { ownKindsMax: 2, ownEventsMax: 3 } } })
  const student = await person(app)
  const id = await session(app, student)
  t.equal((await report(app, student, { events: [{ kind: 'Chat' }, { kind: 'Chat', durationMs: 100 }] })).status, 201)
  const refused = { status: 409, body: { code: 'INVIGIL_ERR_EVENTS_FULL', details: { kindsMax: 2, eventsMax: 3 } } }
  t.match(
    await report(app, student, { events: [{ kind: 'paste' }, { kind: 'Phone rings' }, { kind: 'Third' }] }),
    refused,
    'too many kinds'
  )
  t.match(await report(app, student, { events: [{ kind: 'chat' }, { kind: 'chat' }] }), refused, 'too many events')
  t.match(
    await call(app, 'POST', '/analyze', {
      headers: student.headers,
      payload: { image: '/9j/4AAQ', sessionId: id, events: ['A', 'B'] }
    }),
    refused
  )
  t.equal((await app.services.db.events.listBySession(id, { limit: 50 })).length, 3, 'nothing of them was taken')
  t.equal((await report(app, student, { kind: 'Phone rings' })).status, 201)
  t.match(await report(app, student, { kind: 'chat' }), refused)
  t.equal((await report(app, student, { kind: 'paste' })).status, 201, 'known kinds are for the judge')
  t.equal(
    (
      await report(app, await person(app, 'teacher'), {
        sessionId: id,
        events: [{ kind: 'a' }, { kind: 'b' }, { kind: 'c' }]
      })
    ).status,
    201
  )
})

t.test('an analysis with a sessionId is stored there, each kind once in ten seconds', async t => {
  let observed = { faces: [] as ReturnType<typeof face>[] }
  let broken = false
  const app = await build(t, {
    pool: {
      analyzeStill: async () => {
        if (broken) throw new DetectionError('INVIGIL_ERR_IMAGE_INVALID', 'truncated')
        return analysis(observed)
      }
    }
  })
  const student = await person(app)
  const other = await person(app)
  const id = await session(app, student)
  const request = async (by: LoggedIn, payload: object) =>
    await call<{ stored?: readonly Line[], labels: readonly string[], riskScore: number, code?: string }>(
      app,
      'POST',
      '/analyze',
      { headers: by.headers, payload: { image: '/9j/4AAQ', ...payload } }
    )
  t.notOk('stored' in (await request(student, {})).body)
  t.match(await request(student, { sessionId: id, events: ['TAB_SWITCH', 'Chat opened'] }), {
    status: 200,
    body: {
      labels: ['NO_FACE', 'TAB_SWITCH', 'X_CHAT_OPENED'],
      riskScore: 2 + 3 + 1,
      stored: [{ kind: 'tab_switch' }, { kind: 'x_chat_opened' }, { kind: 'face_missing' }]
    }
  })
  const { body: again } = await request(student, { sessionId: id })
  t.same([again.labels, again.stored], [['NO_FACE'], []])
  observed = { faces: [face(), face()] }
  t.match((await request(student, { sessionId: id })).body.stored, [{ kind: 'multiple_faces' }])
  broken = true
  t.match(await request(student, { sessionId: id }), {
    status: 422,
    body: { code: 'INVIGIL_ERR_IMAGE_INVALID', details: { event: 'INVALID_IMAGE' } }
  })
  broken = false
  t.same(
    (await app.services.db.events.listBySession(id, { limit: 9 }))
      .filter(row => row.class !== 'coverage')
      .map(({ kind }) => kind),
    ['tab_switch', 'x_chat_opened', 'face_missing', 'multiple_faces', 'invalid_image']
  )
  t.match(await request(other, { sessionId: id }), { status: 403, body: { code: 'INVIGIL_ERR_NOT_YOURS' } })
  t.match(await request(student, { sessionId: id, events: ['NO_FACE'] }), {
    status: 400,
    body: { code: 'INVIGIL_ERR_EVENT_UNKNOWN' }
  })
  await app.services.live.stop(id, 'system')
  t.match(await request(student, { sessionId: id }), { status: 409, body: { code: 'INVIGIL_ERR_SESSION_ENDED' } })
})
