/** A recording goes through the detectors once more, over a restart, and what differs is shown. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { newId, openDatabase } from '../../../db/index.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import { createRecorder } from '../../../src/recording/recorder.ts'
import { analysis, build, person } from '../../support/app.ts'
import { as } from '../../support/exams.ts'
import { testMedia } from '../../support/memory-storage.ts'
import { until } from '../../support/until.ts'
import { makeVp8, tone } from '../../support/vp8.ts'

const START = 1_790_000_000_000
const dataDir = mkdtempSync(join(tmpdir(), 'invigil-analyses-'))
const db = await openDatabase({ url: 'file::memory:' })
const media = testMedia(db)
t.teardown(async () => {
  await db.close()
  rmSync(dataDir, { recursive: true, force: true })
})

/** Nobody is in the picture in these seconds. */
const AWAY = [[10, 17], [26, 33]] as const
const heard: number[] = []
let isAhead = false
const pool = (frameMs: number): Partial<Pool> => ({
  analyze: async job => {
    isAhead ||= job.isBackground !== true
    await setTimeout(frameMs)
    const second = (job.atMs - START) / 1000
    const isAway = AWAY.some(([from, to]) => second >= from && second < to)
    return analysis(isAway ? { faces: [], persons: 0 } : {}, job.atMs)
  },
  listen: async ({ state, atMs, isBackground }) => {
    isAhead ||= isBackground !== true
    heard.push(atMs)
    return { state, workerMs: 1 }
  }
})
const start = async (frameMs: number): Promise<FastifyInstance> =>
  await build(t, { db, media: () => media, pool: pool(frameMs), env: { DATA_DIR: dataDir } })

t.test('an analysis survives a restart, and says what it found again, not, and new', async t => {
  let app = await start(100)
  const [teacher, student, stranger] = [await person(app, 'teacher'), await person(app), await person(app, 'teacher')]
  const exam = await db.exams.create({ ownerId: teacher.user.id, title: 'Physics', atMs: 1 })
  const { session } = await db.sessions.open({ userId: student.user.id, examId: exam.id, atMs: START })
  const recorder = createRecorder({
    db, vault: media.vault, folder: join(dataDir, 'recordings'), log: { info () {}, warn () {}, error () {} }
  })
  const recording = recorder.open(
    { id: session.id, userId: student.user.id, examId: exam.id, mode: 'full', storyboard: { kept: 0, skipped: 0 } },
    code => { throw new Error(code) }
  )
  for (const [index, chunk] of (await makeVp8(80)).entries()) {
    recording.video(recorder, chunk, START + index * 500)
    if (index % 2 === 0) recording.sound(tone(), START + index * 500)
  }
  recording.end()
  const keepAlive = setInterval(() => {}, 1000)
  await recorder.idle()
  await recorder.close()
  clearInterval(keepAlive)
  const [row] = await db.recordings.list({ sessionId: session.id, limit: 1 })
  const path = `/recordings/${row!.id}`
  const events = [
    ['face_missing', 'start', 1, 10], ['face_missing', 'end', 1, 17], ['phone', 'instant', 2, 20], ['tab_switch', 'instant', 3, 35]
  ] as const
  await db.events.append(events.map(([kind, phase, incident, second]) => ({
    id: newId(),
    sessionId: session.id,
    userId: student.user.id,
    kind,
    phase,
    incident,
    atMs: START + second * 1000,
    durationMs: null,
    class: 'integrity',
    severity: 'high',
    weight: 1,
    detail: {},
    createdAtMs: START
  })))

  const ask = async <Body = Record<string, never>>(method: 'GET' | 'POST', what: string, who = teacher) =>
    await as(app, who)<Body>(method, `${path}/${what}`)
  t.equal((await ask('POST', 'analyze', stranger)).status, 403)
  t.equal((await ask('GET', 'analysis', student)).status, 403)
  t.same((await ask('GET', 'analysis')).body, { analysis: null, differences: null })
  const asked = await ask('POST', 'analyze')
  t.match(asked, { status: 202, body: { recordingId: row!.id, failure: null } })
  t.equal((await ask('POST', 'analyze')).body['id'], asked.body['id'], 'one at a time')
  const state = async () => (await ask<{ analysis: { state: string, doneMs: number } }>('GET', 'analysis')).body.analysis
  await until(async () => (await state()).doneMs > 0)
  await app.close()
  t.match(await db.analyses.newest(row!.id), { state: 'waiting' }, 'given back')

  app = await start(0)
  await until(async () => (await state()).state === 'done')
  const { body } = await ask<{ differences: object }>('GET', 'analysis')
  t.match(body, {
    analysis: { state: 'done', doneMs: row!.durationMs, foundCount: 2, models: { yolox_nano: '0.1.1rc0' } },
    differences: {
      again: [{ kind: 'face_missing', title: 'Face not detected', atMs: START + 10_000 }],
      missing: [{ kind: 'phone', because: 'moments' }],
      added: [{ kind: 'face_missing', because: 'moments' }],
      unseen: 1
    }
  })
  t.ok(heard.some(atMs => atMs === START + 30_000), 'the sound went through as well')
  t.equal(isAhead, false, 'no job goes before those of running exams')
  t.same(readdirSync(join(dataDir, 'analysis')), [], 'no plain file')
  t.match(await db.audit.list({ targetType: 'recording', targetId: row!.id, limit: 1 }), [{ action: 'recording.analyze' }])
})
