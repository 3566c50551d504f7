import t from 'tap'
import { build, call, PASSWORD, person } from '../../support/app.ts'
import { as, QUESTIONS, type ExamBody, type QuestionBody } from '../../support/exams.ts'

/** The sent text, and the text that readers get. */
const NAMES: ReadonlyArray<readonly [sent: string, stored: string]> = [
  ...[
    '\u200B',
    '\uFEFF',
    '\u2060',
    '\u00AD',
    '\u2066',
    '\u2067',
    '\u2068',
    '\u2069',
    '\u061C',
    '\u200E',
    '\u200F',
    '\u202E',
    '\u180E',
    '\u034F'
  ].map(sign => [`Mu${sign}hammad`, 'Muhammad'] as const),
  ['Mu\u200Dham\u200Cmad', 'Muhammad'],
  ['\uFEFFAnn\u200B \u2060Lee\u00AD', 'Ann Lee'],
  ['Ann\tLee\nLee\u2028Lee\u3000Lee', 'Ann Lee Lee Lee Lee'],
  // Joiners that these scripts need.
  ['র\u200D্যাব', 'র\u200D্যাব'],
  ['ক্\u200Cষ', 'ক্\u200Cষ'],
  ['می\u200Cخواهم', 'می\u200Cخواهم'],
  ['Ann 👩\u200D🚀 ❤\uFE0F', 'Ann 👩\u200D🚀 ❤\uFE0F']
]

t.test('invisible characters are removed from names and titles and leave no gap', async t => {
  const app = await build(t)
  const admin = await person(app, 'admin')
  const teacher = await person(app, 'teacher')
  const student = await person(app)
  for (const [index, [sent, stored]] of NAMES.entries()) {
    const label = JSON.stringify(sent).replace(/[^ -~]/g, sign => `\\u${sign.charCodeAt(0).toString(16)}`)
    const user = { user: { name: stored } }
    t.match(
      await call(app, 'POST', '/auth/signup', {
        payload: { email: `name${index}@example.org`, password: PASSWORD, name: sent }
      }),
      { status: 201, body: user },
      `sign-up ${label}`
    )
    t.match(
      await as(app, student)('PATCH', '/auth/me', { name: sent }),
      { status: 200, body: { name: stored } },
      `profile ${label}`
    )
    t.match(
      await as(app, admin)('PATCH', `/users/${student.user.id}`, { name: sent }),
      { status: 200, body: { name: stored } },
      `by an admin ${label}`
    )

    const made = await as(app, teacher)<ExamBody>('POST', '/exams', { title: sent })
    t.match(made, { status: 201, body: { title: stored } }, `title ${label}`)
    t.match(
      await as(app, teacher)('PATCH', `/exams/${made.body.id}`, { version: 1, title: `${sent}${sent}` }),
      { status: 200 },
      `new title ${label}`
    )
    t.match(
      await as(app, teacher)<QuestionBody>('POST', `/exams/${made.body.id}/questions`, {
        ...QUESTIONS[0],
        section: sent
      }),
      { status: 201, body: { section: stored } },
      `section ${label}`
    )
    const file = (await as(app, teacher)('GET', `/exams/${made.body.id}/export`)).body
    t.match(
      await as(app, teacher)('POST', '/exams/import', { ...file, exam: { title: sent } }),
      { status: 201, body: { title: stored } },
      `import ${label}`
    )
  }
})

t.test('a name or title without visible characters is refused', async t => {
  const app = await build(t)
  const [teacher, student] = [await person(app, 'teacher'), await person(app)]
  for (const text of ['\u200B', '\u2066\u2069', '\u00AD\uFEFF ', '\u200D', '\u3164']) {
    t.match(await as(app, student)('PATCH', '/auth/me', { name: text }), {
      status: 400,
      body: { code: 'INVIGIL_ERR_VALIDATION' }
    })
    t.match(await as(app, teacher)('POST', '/exams', { title: text }), {
      status: 400,
      body: { code: 'INVIGIL_ERR_VALIDATION', details: { fields: [{ field: 'title' }] } }
    })
  }
})
