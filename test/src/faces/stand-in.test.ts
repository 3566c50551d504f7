/** Two people, real pictures, real models: one enrolls, the other sits before the camera. */
import { existsSync, readFileSync } from 'node:fs'
import sharp from 'sharp'
import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { openDatabase } from '../../../db/index.ts'
import { decodeImage } from '../../../detection/image/decode.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import { createPipeline, INITIAL_TRACK, type TrackState } from '../../../detection/pipeline/pipeline.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import { createFaceVault } from '../../../src/faces/vault.ts'
import { person, type LoggedIn } from '../../support/app.ts'
import { as, stage, type Begun } from '../../support/exams.ts'
import { connect, lines, room } from '../../support/gateway.ts'

const DATA = '../shared/testdata'
const skip = !existsSync(`${DATA}/labels.json`) && process.env.CI !== 'true' && `${DATA} is missing`
const MINUTE_MS = 60_000
const FRAMES = 30

t.test('another person sits there from the first minute', { skip, timeout: 240_000 }, async t => {
  const pipeline = createPipeline(await loadModels({ modelsDir: '../shared/models' }), { now: () => performance.now() })
  const costs = { stagesMs: {}, workerMs: 0, queueMs: 0, ageMs: 0 }
  const pool: Partial<Pool> = {
    analyzeStill: async (bytes, options = {}) => ({
      ...(await pipeline.analyze(await decodeImage(bytes), 0, INITIAL_TRACK, { still: true, ...options })),
      ...costs
    }),
    analyze: async ({ bytes, atMs, state, enrolled }) => ({
      ...(await pipeline.analyze(
        await decodeImage(bytes),
        atMs,
        state === undefined ? INITIAL_TRACK : (state as TrackState),
        defined({ enrolled })
      )),
      ...costs
    })
  }
  const db = await openDatabase({ url: 'file::memory:' })
  // As the application's own, by the key of `build`.
  const vault = createFaceVault({
    db,
    config: { faceKey: Buffer.alloc(32, 0x5e), dataDir: '' },
    onUnreadable: () => {}
  })
  const r = await room(t, { db, pool, live: { enrolledFace: vault.enrolled } })
  t.teardown(async () => {
    await r.app.close()
    await r.app.services.live.close()
    await db.close()
  })
  const pictureOf = (name: string) => readFileSync(`${DATA}/images/${name}`)
  const candidate = pictureOf('one_face/obama-480p.jpg')
  const standIn = pictureOf('yale/subject02.normal.gif')

  /** Enrolls the candidate a minute before a start under that policy. */
  async function start (policy: object) {
    const { exam, teacher } = await stage(r.app)
    await as(r.app, teacher)('PUT', `/exams/${exam.id}/policy`, policy)
    const who = await person(r.app)
    t.match(await as(r.app, who)('PUT', '/auth/me/face', { face: candidate.toString('base64') }), { status: 200 })
    r.clock.ms += MINUTE_MS
    return { who, ...await as(r.app, who)<Begun & { code: string }>('POST', `/exams/${exam.id}/start`) }
  }

  /** Streams the stand-in: a new frame every half second, never twice the same; gives what came of it. */
  async function stream ({ who, body }: { readonly who: LoggedIn, readonly body: Begun }) {
    const client = await connect(t, `${r.url}${body.socketPath}?token=${who.accessToken}`)
    await client.next('rate')
    for (let frame = 0; frame < FRAMES; frame++) {
      r.advance(500)
      client.send(
        await sharp(standIn)
          .toColorspace('srgb')
          .extract({ left: frame % 5, top: frame % 3, width: 300, height: 230 })
          .resize(640)
          .jpeg()
          .toBuffer()
      )
      await client.next('ack')
    }
    await r.app.services.live.flush()
    const stored = (await db.events.listBySession(body.session.id, { limit: 500 })).filter(({ kind }) =>
      kind.startsWith('identity_')
    )
    const {
      body: { identity }
    } = await as(r.app, who)<{ identity: object }>('GET', `/exam/summary/${who.user.id}`)
    client.socket.close()
    return {
      kinds: stored.map(({ kind, phase }) => `${kind} ${phase}`),
      stored,
      identity,
      shown: lines(client).map(({ kind }) => kind)
    }
  }

  const refused = await start({
    identity: 'required',
    face: { enrolledBeforeMs: 24 * 60 * MINUTE_MS, isConfirmed: false }
  })
  t.match(
    refused,
    { status: 409, body: { code: 'INVIGIL_ERR_IDENTITY_NEEDED', details: { missing: 'too-new' } } },
    'does not begin where the face must be older'
  )

  const notedSession = await start({ identity: 'noted' })
  t.equal(notedSession.status, 201)
  const result = await stream(notedSession)
  t.same(
    result.kinds.slice(0, 2),
    ['identity_changed instant', 'identity_mismatch start'],
    'the new face is noted, and the stand-in found'
  )
  t.match(result.stored[0], { detail: { action: 'enrolled', by: 'candidate' }, weight: 0 })
  t.match(result.identity, { demand: 'noted', isCompared: true })

  const unseen = await stream(await start({ identity: 'off' }))
  t.same(unseen.kinds, [], 'in an exam that compares no faces')
  t.match(unseen.identity, { demand: 'off', isCompared: false }, 'that is told')
})
