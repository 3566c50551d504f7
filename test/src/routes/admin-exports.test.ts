import t from 'tap'
import { bn } from '../../../src/i18n/bn.ts'
import { cellOf } from '../../../src/csv-cell.ts'
import { build, person, type LoggedIn } from '../../support/app.ts'
import { session } from '../../support/staff.ts'

t.test('a CSV cell is never a formula and keeps its content', async t => {
  const cells: ReadonlyArray<[Parameters<typeof cellOf>[0], string]> = [
    ['=1+1', "'=1+1"],
    ['+8801', "'+8801"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' =1', "' =1"],
    ['\t=1', '"\'\t=1"'],
    ['\r\n=1', '"\'\r\n=1"'],
    ['＝1', "'＝1"],
    [-2, '-2'],
    [null, ''],
    [true, 'true'],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
    ['রহিম', 'রহিম'],
    ['two\nlines', '"two\nlines"']
  ]
  for (const [value, cell] of cells) t.equal(cellOf(value), cell, JSON.stringify(value))
})

t.test('a text that a spreadsheet would convert is protected, and no other', t => {
  const converted = [
    '00123',
    '1E5',
    'MARCH1',
    'march1',
    '1-MAR',
    '7',
    '1.50',
    '.5',
    '1,5',
    '12%',
    '$5',
    '৳৫',
    '(5)',
    '1 000',
    "1'000",
    '12345678901234567890',
    '১২৩',
    '１２',
    '٣٫٥',
    '5E-3',
    '1/2',
    '3-4',
    '10/11/12',
    '2026-11-26',
    '26.11.2026',
    '12:30',
    '12:30 pm',
    '2026-11-26T20:55',
    'Sept 2026',
    '2 Oct',
    'DEC1',
    'TRUE',
    'false',
    '#N/A',
    '\u200B00123',
    ' 00123 ',
    '0012\u200D3'
  ]
  for (const text of converted) t.match(cellOf(text), /^"?'/, JSON.stringify(text))
  const unchanged = [
    '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11',
    '01234567-1234-7123-8123-012345678901',
    '2026-11-26T20:55:24.123Z',
    'Anna 2',
    'Room 12',
    'March',
    'May',
    'B12',
    '7up',
    'x@example.org',
    'face_missing',
    '{"a":1}',
    'trueish',
    ''
  ]
  for (const text of unchanged) t.notMatch(cellOf(text), /^"?'/, JSON.stringify(text))
  t.same([cellOf(7), cellOf(1e21), cellOf(false)], ['7', '1e+21', 'false'], 'numbers and flags stay what they are')
  t.end()
})

t.test('sessions, events and results are exported as CSV or JSON, and the audit log has each export', async t => {
  const app = await build(t)
  const { db } = app.services
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  await db.users.setProfile(student.user.id, { name: '=cmd|calc' })
  const second = await person(app)
  await db.users.setProfile(second.user.id, { name: '00123' })
  const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics, "I"', atMs: 1 })
  const begun = await db.attempts.start({
    examId: exam.id,
    userId: student.user.id,
    attemptsMax: null,
    examVersion: 1,
    policyVersion: 1,
    dueAtMs: null,
    atMs: 1000
  })
  t.equal(begun.outcome, 'created')
  const id = await session(app, student, {
    examId: exam.id,
    atMs: 1000,
    rows: [{ detail: { description: 'a, b' } }, { kind: 'x_chat_opened' }]
  })
  for (let more = 0; more < 3; more++) await session(app, more === 0 ? second : student, { atMs: 2000 + more })
  const file = async (by: LoggedIn, what: string) =>
    await app.inject({ url: `/api/v1/admin/export/${what}`, headers: by.headers })

  const sessions = await file(admin, 'sessions')
  t.match(sessions.headers, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="sessions.csv"',
    'cache-control': 'no-store'
  })
  const lines = sessions.body.split('\r\n')
  t.equal(
    lines[0],
    '\uFEFFid,userId,userName,userEmail,examId,examTitle,attemptId,state,startedAt,endedAt,endReason,riskScore,trustScore,complianceScore,eventCount,seenPercent'
  )
  t.equal(lines.length, 6)
  t.match(lines[3], `,'00123,${second.user.email},`)
  t.equal(
    lines[4],
    `${id},${student.user.id},'=cmd|calc,${student.user.email},${exam.id},"Physics, ""I""",,stopped,1970-01-01T00:00:01.000Z,1970-01-01T00:00:02.000Z,done,0,90,95,2,99.5`
  )
  t.match((await file(teacher, `sessions?format=json&examId=${exam.id}`)).json(), [
    { id, userName: '=cmd|calc', examTitle: 'Physics, "I"' }
  ])
  t.same((await file(admin, 'sessions?format=json&state=paused')).json(), [])

  const events = (await file(teacher, `events?sessionId=${id}&lang=bn`)).body
  t.match(events, bn.events.phone)
  t.match(events, '"{""description"":""a, b""}"')
  t.equal((await file(admin, 'events?format=json&kind=Chat%20opened')).json().length, 1)
  t.equal((await file(await person(app, 'teacher'), `events?sessionId=${id}`)).statusCode, 403)
  t.same((await file(await person(app, 'teacher'), 'events?format=json')).json(), [])

  t.match((await file(teacher, `results?format=json&examId=${exam.id}`)).json(), [
    { examTitle: 'Physics, "I"', state: 'open', points: null, isGraded: false }
  ])
  t.equal((await file(teacher, 'results')).statusCode, 400)
  t.equal((await file(await person(app, 'teacher'), `results?examId=${exam.id}`)).statusCode, 403)
  t.equal((await file(admin, 'results?examId=0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11')).statusCode, 404)
  t.equal((await file(admin, 'sessions?format=xml')).statusCode, 400)
  t.equal(
    (await db.audit.list({ targetType: 'export', limit: 50 })).filter(({ action }) => action === 'export').length,
    7
  )
})
