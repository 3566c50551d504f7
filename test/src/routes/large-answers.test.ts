/** Answers larger than the database's packet. */
import { createConnection } from 'mysql2/promise'
import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { build } from '../../support/app.ts'
import { as, sit, stage } from '../../support/exams.ts'
import { mariadbMissing, startMariadb } from '../../support/mariadb.ts'

t.test(
  'an answer larger than MariaDB\'s packet is refused as too large, and the next one is stored',
  { skip: mariadbMissing(), timeout: 300_000 },
  async t => {
    const mariadb = await startMariadb()
    t.teardown(() => mariadb.stop())
    const root = await createConnection(mariadb.url)
    await root.query('SET GLOBAL max_allowed_packet = 1048576')
    await root.end()
    const db = await openDatabase({ url: mariadb.url })
    const app = await build(t, { db })
    t.teardown(() => db.close())
    const { exam, questions } = await stage(app)
    const { student, attempt } = await sit(app, exam)
    const question = (kind: string) => questions.find(question => question.kind === kind)!.id
    const put = async (value: string, clientSeq: number) =>
      await as(app, student)('PUT', `/attempts/${attempt.id}/answers/${question('long')}`, { value, clientSeq })
    const code = async (text: string) =>
      await as(app, student)('POST', `/attempts/${attempt.id}/code`, {
        questionId: question('code'),
        language: 'python',
        code: text
      })
    // Each of these is one character for the API and seven bytes in the statement.
    const wide = '\u0001'.repeat(99_000)
    for (const [index, [name, value]] of (
      [
        ['control characters', wide],
        ['backslashes', '\\'.repeat(99_000)],
        ['emoji', '🙂'.repeat(49_000)]
      ] as const
    ).entries()) {
      const saved = await put(value, index + 1)
      t.ok(
        saved.status === 200 || (saved.status === 413 && saved.body['code'] === 'INVIGIL_ERR_TOO_LARGE'),
        `${name}: ${saved.status} ${JSON.stringify(saved.body).slice(0, 200)}`
      )
      const submitted = await code(value)
      t.ok(
        submitted.status === 201 || (submitted.status === 413 && submitted.body['code'] === 'INVIGIL_ERR_TOO_LARGE'),
        `code, ${name}: ${submitted.status} ${JSON.stringify(submitted.body).slice(0, 200)}`
      )
    }
    t.match(
      await put(wide, 4),
      { status: 413, body: { code: 'INVIGIL_ERR_TOO_LARGE' } },
      'one of them is too large for the packet'
    )
    t.match(await put('short', 5), { status: 200 })
  }
)
