import t from 'tap'
import type { Corner } from '../../../detection/events/calibration.ts'
import type { FaceObservation } from '../../../detection/types.ts'
import { analysis, call, face } from '../../support/app.ts'
import { JPEG, room, type Candidate, type LogsLine, type Room } from '../../support/gateway.ts'

const FACE = face()

const CORNER_MS = 2200
/** Line of sight for each corner of a screen of 30 by 20 degrees. */
const SIGHT: Readonly<Record<Corner, readonly [yaw: number, pitch: number]>> = {
  'top-left': [15, 4], 'top-right': [-15, 4], 'bottom-right': [-15, -16], 'bottom-left': [15, -16]
}

/** A room whose candidate looks in the direction that `sees` returns. */
async function sightedRoom (t: Parameters<typeof room>[0], sees: { face?: FaceObservation }): Promise<Room> {
  return await room(t, {
    pool: { analyze: async job => analysis({ faces: sees.face === undefined ? [] : [sees.face] }, job.atMs) }
  })
}

async function stream (r: Room, client: Candidate, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 250) {
    r.clock.ms += 250
    client.send(JPEG)
    await client.next('ack')
  }
}

async function lookAtCorners (r: Room, client: Candidate, sees: { face?: FaceObservation }): Promise<void> {
  for (const [corner, [yawDegrees, pitchDegrees]] of Object.entries(SIGHT)) {
    client.send({ type: 'calibrate', corner, at: r.clock.ms })
    if (sees.face !== undefined) sees.face = { ...FACE, gaze: { ...FACE.gaze, yawDegrees, pitchDegrees } }
    await stream(r, client, CORNER_MS)
  }
  client.send({ type: 'calibrate', corner: 'done', at: r.clock.ms })
}

t.test(
  'a calibration in which the candidate looks at the corners succeeds; a proctor also sees the measured values',
  async t => {
    const sees = { face: FACE }
    const r = await sightedRoom(t, sees)
    const client = await r.candidate()
    const monitor = await r.monitor('admin')
    monitor.send({ type: 'subscribe', all: true })
    await monitor.next('done')
    await lookAtCorners(r, client, sees)
    t.same(await client.next('calibrated'), { type: 'calibrated', ok: true })
    t.match((await client.log('calibration', 'end'))['data'], [
      { kind: 'calibration', class: 'information', event: 'Gaze calibration at the corners of the screen' }
    ])
    const result = await monitor.log('calibration', 'end')
    // Start and end may come in one message.
    t.match((result['data'] as LogsLine[]).at(-1), {
      phase: 'end',
      detail: { ok: true, after: { sightYawDegrees: 0, screen: { left: 15, right: 15, up: 10, down: 10 } } }
    })

    sees.face = { ...FACE, gaze: { ...FACE.gaze, yawDegrees: 24, eyesYawDegrees: 12 } }
    await stream(r, client, 6000)
    t.ok(await client.log('looking_away', 'start'), 'nine degrees beside the screen, which no default limit has')

    client.send({ type: 'calibrate', corner: 'top-left' })
    t.same(await client.next('calibrated'), { type: 'calibrated', ok: false, reason: 'too_often' })
  })

t.test('a calibration without a face reports that, and one in a pause is refused', async t => {
  const sees: { face?: FaceObservation } = {}
  const r = await sightedRoom(t, sees)
  const client = await r.candidate()
  await lookAtCorners(r, client, sees)
  t.same(await client.next('calibrated'), { type: 'calibrated', ok: false, reason: 'no_face' })
  client.send({ type: 'calibrate', corner: 'middle' })
  t.match(await client.next('error'), { code: 'INVIGIL_ERR_MESSAGE_INVALID' })
  await call(r.app, 'POST', `/exam/pause/${client.who.user.id}`, { headers: client.who.headers })
  client.send({ type: 'calibrate', corner: 'top-left' })
  t.match(await client.next('error'), { code: 'INVIGIL_ERR_SESSION_PAUSED' })
})
