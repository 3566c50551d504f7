/**
 * What the demo does not have and pages of staff show: recorded and watched exams of drawn candidates, with evidence,
 * reviews in each state, an appeal, a hold and webhooks. Everything is made over the API and the socket, as people
 * make it.
 */
import { createServer } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { loadFaceGeometry } from '../detection/models/face-geometry.ts'
import { SimulatedCandidate } from '../src/cli/simulate/candidate.ts'
import { createTally } from '../src/cli/simulate/tally.ts'
import { encodeVp8, type EncodedFrame } from '../src/cli/simulate/vp8.ts'
import { drawReels } from '../src/demo/drawing/reels.ts'
import { STORIES, STORY_FPS } from '../src/demo/drawing/stories.ts'
import { asking, type Ask, type Json } from '../test/support/ask.ts'
import { MODELS, type DemoLogin, type DemoServer } from './demo-server.ts'

const PASSWORD = 'a drawn person is no person'
const SIZE = { width: 640, height: 480 }
/** Long enough for what each story shows. */
const STREAM_MS = 40_000
const REASON = 'Nobody is in the picture for some seconds.'

export interface World {
  /** Of `:name` in the addresses of the pages. */
  readonly ids: Readonly<Record<string, string>>
  readonly logins: { readonly reviewed: DemoLogin }
  stop (): Promise<void>
}

/** Takes a minute. Throws when the server refuses anything. */
export async function makeWorld ({ url, logins }: DemoServer): Promise<World> {
  const { ask: admin } = await logInAs(url, logins.admin)
  const reviewer = await logInAs(url, logins.proctor)
  const teacher = reviewer.ask
  const receiver = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(204).end())
  })
  await new Promise<void>(resolve => { receiver.listen(0, 'localhost', resolve) })
  const { port } = receiver.address() as { port: number }
  await admin('POST', '/webhooks', { url: `http://localhost:${port}/events` })
  await admin('POST', '/webhooks', { url: `${url}/nowhere`, types: ['incident.opened'] })

  const exam = await makeExam(teacher, 'Algebra, recorded', { recording: 'full', keepsEvidence: true })
  const videos = await drawVideos()
  const [reviewed, waiting, held] = await Promise.all(videos.map(async (video, index) =>
    await sit(url, exam, `sitter-${index + 1}@example.com`, STORIES[index + 1]!.name, video)))
  await admin('POST', '/admin/holds', { targetType: 'user', targetId: held!.userId, reason: 'A complaint to the exam board' })
  await review(url, reviewer, reviewed!)
  const recording = await finishedRecording(teacher, waiting!)
  await teacher('POST', `/recordings/${recording}/analyze`)
  return {
    ids: {
      recordedExam: exam,
      reviewed: reviewed!.sessionId,
      reviewedAttempt: reviewed!.attemptId,
      waiting: waiting!.sessionId,
      heldUser: held!.userId,
      recording
    },
    logins: { reviewed: { email: reviewed!.email, password: PASSWORD } },
    async stop () {
      receiver.closeAllConnections()
      await new Promise(resolve => { receiver.close(resolve) })
    }
  }
}

interface Account {
  readonly ask: Ask
  readonly token: string
}

async function logInAs (url: string, login: DemoLogin): Promise<Account> {
  const { accessToken } = await asking(url)('POST', '/auth/login/password', login)
  return { ask: asking(url, accessToken as string), token: accessToken as string }
}

async function makeExam (teacher: Ask, title: string, policy: object): Promise<string> {
  const { id } = await teacher('POST', '/exams', { title, isOpenToAll: true, durationMs: 3_600_000 })
  await teacher('PUT', `/exams/${id}/policy`, policy)
  await teacher('POST', `/exams/${id}/questions`, {
    kind: 'short', text: 'What is $x$ in $2x = 6$?', points: 1, body: { accepted: ['3'] }
  })
  await teacher('POST', `/exams/${id}/publish`)
  return id as string
}

/** A candidate who leaves, one with a visitor, and one with a phone, each as VP8. */
async function drawVideos (): Promise<EncodedFrame[][]> {
  const reels = await drawReels(STORIES.slice(1), await loadFaceGeometry(MODELS))
  return await Promise.all(reels.map(async ({ frames }) => {
    const images = await Promise.all(frames.map(async frame => {
      return { ...SIZE, data: await sharp(frame).raw().toBuffer() }
    }))
    return await encodeVp8(images, { ...SIZE, fps: STORY_FPS, bitsPerSecond: 300_000, keyMs: 2000 })
  }))
}

interface Sitting {
  readonly email: string
  readonly ask: Ask
  readonly userId: string
  readonly attemptId: string
  readonly sessionId: string
}

/** Consents, streams, and hands in. */
async function sit (url: string, exam: string, email: string, name: string, video: EncodedFrame[]): Promise<Sitting> {
  const { user, accessToken } = await asking(url)('POST', '/auth/signup', { email, name, password: PASSWORD })
  const ask = asking(url, accessToken as string)
  const { noticeSha256, items } = await ask('GET', `/exams/${exam}/consent`)
  await ask('PUT', `/exams/${exam}/consent`, {
    noticeSha256, items: Object.fromEntries((items as Json[]).map(({ key }) => [key, true]))
  })
  const { attempt, session } = await ask('POST', `/exams/${exam}/start`)
  const candidate = new SimulatedCandidate({
    url: new URL(`${url.replace('http', 'ws')}/ws/${user.id}`),
    token: accessToken as string,
    reel: [],
    video,
    offset: 0,
    fps: STORY_FPS,
    followRate: false,
    tally: createTally()
  })
  await candidate.open()
  candidate.stream(0)
  await setTimeout(STREAM_MS)
  await candidate.close()
  await ask('POST', `/attempts/${attempt.id}/submit`)
  return { email, ask, userId: user.id, attemptId: attempt.id, sessionId: session.id }
}

/** Waits until the recording of the session can be played, and returns its id. */
async function finishedRecording (teacher: Ask, { sessionId }: Sitting): Promise<string> {
  for (let tries = 0; tries < 60; tries++) {
    const recordings = (await teacher('GET', `/recordings?sessionId=${sessionId}`))['recordings'] as Json[]
    const [recording] = recordings
    if (recording?.['state'] === 'ready') return recording['id'] as string
    await setTimeout(500)
  }
  throw new Error(`The recording of session ${sessionId} was not finished in 30 s.`)
}

/** Confirms what has evidence, dismisses the rest, and decides; the candidate explains and appeals. */
async function review (url: string, { ask: teacher, token }: Account, sitting: Sitting): Promise<void> {
  await finishedRecording(teacher, sitting)
  const path = `/reviews/${sitting.sessionId}`
  await teacher('POST', `${path}/claim`)
  const { incidents } = await teacher('GET', path)
  const { evidence } = await teacher('GET', `/sessions/${sitting.sessionId}/evidence`)
  let confirmed: string | undefined
  for (const { eventId } of incidents as Json[]) {
    await teacher('POST', `${path}/incidents/${eventId}/open`)
    const shown = (evidence as Json[]).find(one => one['eventId'] === eventId)
    if (shown === undefined || confirmed !== undefined) {
      const reason = 'It is too short to mean anything.'
      await teacher('PUT', `${path}/incidents/${eventId}`, { state: 'dismissed', reason })
      continue
    }
    const link = await teacher('POST', `/evidence/${shown['id']}/link`)
    await fetch(new URL(link['url'] as string, url), { headers: { authorization: `Bearer ${token}` } })
    await teacher('PUT', `${path}/incidents/${eventId}`, { state: 'confirmed', reason: REASON })
    confirmed = eventId as string
  }
  await teacher('POST', `${path}/notes`, { text: 'The lamp was behind her until 10:12.' })
  await teacher('POST', `${path}/decision`, { decision: 'concern', reason: REASON })
  const ofSession = `/sessions/${sitting.sessionId}`
  if (confirmed !== undefined) {
    await sitting.ask('POST', `${ofSession}/report/comments`, { eventId: confirmed, text: 'I picked up my pen.' })
  }
  await sitting.ask('POST', `${ofSession}/appeal`, { text: 'I picked up my pen, and the exam allows it.' })
  await sitting.ask('POST', `${ofSession}/signed-reports`, { language: 'en' })
}
