/** A full disk while evidence is kept: the exam goes on, evidence stops with a count and a cause, and starts again. */
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createRecorder } from '../../../src/recording/recorder.ts'
import { analysis, person } from '../../support/app.ts'
import { eachDatabase } from '../../support/each-database.ts'
import { as, stage, type Begun, type QuestionBody } from '../../support/exams.ts'
import { connect, JPEG } from '../../support/gateway.ts'
import { fillDisk, smallDisk } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

const silent = { info () {}, warn () {}, error () {} }
const keepAlive = setInterval(() => {}, 1000)
t.teardown(() => clearInterval(keepAlive))

await eachDatabase(t, async (t, make) => {
  const disk = smallDisk(t, 2)
  if ('missing' in disk) {
    if (process.env['CI'] === 'true') throw new Error(disk.missing)
    t.pass('skipped', { skip: disk.missing })
    return
  }
  const clock = { ms: Date.now() }
  let isAway = false
  const app = await make({
    live: {
      now: () => clock.ms,
      recorder: {
        open: (...given) => recorder.open(...given),
        openScreen: (...given) => recorder.openScreen(...given)
      },
      limits: { tickMs: 1_000_000_000 }
    },
    pool: {
      analyze: async ({ atMs, pictureWidth }) => ({
        ...analysis(isAway ? { faces: [], persons: 0 } : {}, atMs),
        ...(pictureWidth !== undefined && { picture: JPEG })
      })
    }
  })
  const { db, media } = app.services
  const recorder = createRecorder({ db, vault: media.vault, folder: join(disk.path, 'recordings'), log: silent })
  t.teardown(async () => await recorder.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { exam, teacher } = await stage(app)
  const staff = as(app, teacher)
  t.equal((await staff('PUT', `/exams/${exam.id}/policy`, { keepsEvidence: true })).status, 200)
  const { body: { questions: [question] } } =
    await staff<{ questions: QuestionBody[] }>('GET', `/exams/${exam.id}/questions`)
  const who = await person(app)
  const ask = as(app, who)
  const { body } = await ask<{ noticeSha256: string, items: ReadonlyArray<{ key: string }> }>(
    'GET', `/exams/${exam.id}/consent`)
  await ask('PUT', `/exams/${exam.id}/consent`, {
    noticeSha256: body.noticeSha256, items: Object.fromEntries(body.items.map(({ key }) => [key, true]))
  })
  const { body: { attempt, session } } = await ask<Begun>('POST', `/exams/${exam.id}/start`)
  const { port } = app.server.address() as AddressInfo
  const client = await connect(t, `ws://127.0.0.1:${port}/ws/${who.user.id}?token=${who.accessToken}`)
  await client.next('rate')

  /** The candidate is away and comes back; every frame is answered. */
  async function incident (): Promise<void> {
    for (const [away, phase] of [[true, 'start'], [false, 'end']] as const) {
      isAway = away
      for (let count = 0; count < 24; count++) {
        clock.ms += 500
        client.send(JPEG)
        await client.next('ack')
      }
      await client.log('face_missing', phase)
    }
  }
  const kept = async (): Promise<number> => (await db.evidence.list(session.id)).length
  const { evidence } = app.services.live.counters

  await incident()
  await until(async () => await kept() === 2)
  await recorder.idle()
  const free = fillDisk(disk.path)
  await incident()
  const causes = async () => (await db.events.list({ sessionId: session.id, limit: 100 }))
    .filter(({ kind }) => kind === 'recording_failed').map(({ detail }) => detail)
  await until(async () => (await causes()).length > 0)
  t.match(await causes(), [{ code: 'disk_full', of: 'evidence' }], 'staff read the cause, once')
  t.match(await ask('PUT', `/attempts/${attempt.id}/answers/${question!.id}`, { value: 'b', clientSeq: 1 }), { status: 200 })
  await incident()
  t.equal(await kept(), 2, 'nothing is kept meanwhile')
  t.ok(evidence.failed >= 2, `${evidence.failed} pieces counted`)
  t.equal(client.socket.readyState, client.socket.OPEN, 'the candidate is still connected')

  free()
  const before = evidence.failed
  await incident()
  await until(async () => await kept() === 4)
  t.equal(evidence.failed, before)
  t.equal((await causes()).length, 1)
  t.match(await ask('POST', `/attempts/${attempt.id}/submit`), { status: 200 })
  client.socket.terminate()
})
