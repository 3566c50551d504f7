/**
 * Lists of sessions have the same figures as the single session, also for a disconnected candidate, from memory and
 * from the database alone.
 */
import t from 'tap'
import { person } from '../../support/app.ts'
import { as } from '../../support/exams.ts'
import { JPEG, room, type Room } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

interface Figures {
  readonly id: string
  readonly seenPercent: number | null
  readonly trustScore: number | null
  readonly eventCount: number
}

t.test('lists show current figures of a candidate who has disconnected, not those of the last save', async t => {
  const first = await room(t)
  const { db, live } = first.app.services
  const second = await room(t, { db })
  const teacher = await person(first.app, 'teacher')
  const client = await first.candidate()
  const { id } = client.session
  const listed = async (r: Room): Promise<Figures> =>
    (await as(r.app, teacher)<{ sessions: Figures[] }>('GET', `/sessions?userId=${client.who.user.id}`)).body
      .sessions[0]!
  const single = async (r: Room): Promise<Figures> => (await as(r.app, teacher)<Figures>('GET', `/sessions/${id}`)).body

  for (let count = 0; count < 40; count++) {
    first.advance(500)
    client.send(JPEG)
    await client.next('ack')
  }
  client.socket.terminate()
  await until(async () => (await live.summary(id))?.online === false)
  first.advance(20_000)
  await live.flush()
  await until(async () => (await db.sessions.byId(id))!.seenPercent !== 100)
  first.advance(160_000)
  second.clock.ms = first.clock.ms
  const saved = (await db.sessions.byId(id))!
  t.ok(saved.seenPercent! > 40, `${saved.seenPercent}: the row is of when the gap was new`)

  const wanted = { seenPercent: 10, trustScore: null, eventCount: saved.eventCount }
  t.match(await listed(first), wanted, '20 s of 200 s, from memory')
  t.match(await single(first), wanted)
  t.match(await listed(second), wanted, 'and where no gateway has it')
  t.match(await single(second), wanted)
  t.match(
    (await as(second.app, teacher)<Figures[]>('GET', `/admin/export/sessions?format=json&userId=${client.who.user.id}`))
      .body,
    [wanted],
    'in a file as well'
  )

  second.clock.ms = saved.updatedAtMs + 45_000
  t.match(
    await listed(second),
    { seenPercent: saved.seenPercent },
    'a row that a gateway may still write is shown as it is'
  )
})
