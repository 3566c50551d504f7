import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { until } from '../support/until.ts'
import { concludeRecordings, scaled } from './figures.ts'
import { createGateway } from './gateways.ts'
import { startRecorded, type Connection, type RecordedCandidate } from './recorded-candidate.ts'
import { comparePart, due, type PartRow } from './recorded-part.ts'
import { createAccounts, logIn, publishExam } from './stage.ts'

const KILLS = scaled(20, 1)
const CANDIDATES = scaled(4, 2)
/** Each kill comes at a random moment between these, after the last candidate is connected; every fifth before them. */
const RECORDED_MS_MIN = 1_800
const RECORDED_MS_MAX = scaled(8_000, 2_500)
/** A second kill comes at a random moment until then, while the parts of the first one are made into files. */
const REPAIR_MS_MAX = 400
const READY_MS_MAX = 60_000

t.test('kill -9 while recording: all but the last second plays', { timeout: 1_800_000 }, async t => {
  const dataDir = t.testdir()
  const databaseUrl = `file:${join(dataDir, 'invigil.db')}`
  const { teacher, students } = await createAccounts(databaseUrl, CANDIDATES)
  const gateway = await createGateway({ databaseUrl, dataDir })
  t.teardown(() => gateway.stop())
  await gateway.start()
  const { url } = gateway
  const staff = await logIn(url, teacher)
  const exam = await publishExam(url, staff, { recording: 'full' })
  const candidates: RecordedCandidate[] = []
  for (const student of students) candidates.push(await startRecorded(await logIn(url, student), exam, url))
  t.teardown(() => { for (const candidate of candidates) candidate.disconnect() })

  async function partsOf (sessionId: string): Promise<PartRow[]> {
    const { status, body } = await staff.call(url, 'GET', `/recordings?sessionId=${sessionId}&limit=100`)
    if (status !== 200) throw new Error(`recordings: ${status} ${JSON.stringify(body)}`)
    return (body['recordings'] as PartRow[]).reverse()
  }

  async function fileOf (id: string): Promise<Uint8Array> {
    const { body } = await staff.call(url, 'POST', `/recordings/${id}/link`)
    const response = await fetch(`${url}${String(body['url'])}`, { headers: { authorization: `Bearer ${staff.token}` } })
    if (!response.ok) throw new Error(`recording ${id}: ${response.status} ${await response.text()}`)
    return new Uint8Array(await response.arrayBuffer())
  }

  const filesLeft = (): string => readdirSync(join(dataDir, 'recordings'), { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(part|sealed|plain)/.test(name))
    .join(' ')

  const total = { sessions: CANDIDATES, acknowledged: 0, rows: 0, lost: 0, broken: 0, tailMs: 0, recoveredMs: 0 }
  const faults: string[] = []

  /** Kills at a random moment; every third time one candidate leaves just before, and its part is being finished. */
  async function kill (number: number): Promise<number> {
    const afterMs = number % 5 === 4 ? [0, RECORDED_MS_MIN] as const : [RECORDED_MS_MIN, RECORDED_MS_MAX] as const
    await delay(afterMs[0] + Math.random() * (afterMs[1] - afterMs[0]))
    if (number % 3 === 0) {
      candidates[0]!.disconnect()
      await delay(Math.random() * 100)
    }
    await gateway.kill()
    const killedMs = Date.now()
    await gateway.start()
    if (number % 2 === 1) {
      await delay(Math.random() * REPAIR_MS_MAX)
      await gateway.kill()
      await gateway.start()
    }
    total.recoveredMs = Math.max(total.recoveredMs, Date.now() - killedMs)
    return killedMs
  }

  async function check (sessionId: string, connection: Connection, killedMs: number, number: number): Promise<void> {
    let parts: PartRow[] = []
    await until(async () => {
      parts = await partsOf(sessionId)
      return parts.every(({ state }) => state === 'ready' || state === 'failed') || (await delay(100), false)
    }, READY_MS_MAX).catch(() => {
      const states = parts.map(({ state }) => state).join(', ')
      throw new Error(`kill ${number} at ${killedMs}: after a minute the parts are ${states}; files: ${filesLeft()}`)
    })
    const wanted = due(connection, killedMs)
    total.acknowledged += wanted.frames
    const begunMs = connection.frames[0]!.sentMs
    const part = parts.find(({ startedAtMs }) => startedAtMs >= begunMs - 50 && startedAtMs <= killedMs)
    if (part?.state !== 'ready') {
      total.lost += wanted.frames + wanted.sounds
      if (wanted.frames > 0) faults.push(`kill ${number}: the part is ${part?.state ?? 'missing'}`)
      return
    }
    total.rows++
    const figures = await comparePart(await fileOf(part.id), part, connection, killedMs)
    total.lost += figures.lost
    total.broken += figures.faults.length
    total.tailMs = Math.max(total.tailMs, figures.tailMs)
    if (figures.lost > 0) faults.push(`kill ${number}: ${figures.lost} lost, ${figures.tailMs} ms before the kill`)
    faults.push(...figures.faults.map(fault => `kill ${number}: ${fault}`))
  }

  for (let number = 0; number < KILLS; number++) {
    const connections = await Promise.all(candidates.map(async candidate => await candidate.connect()))
    const killedMs = await kill(number)
    for (const [index, { sessionId }] of candidates.entries()) {
      await check(sessionId, connections[index]!, killedMs, number)
    }
  }
  t.equal(filesLeft(), '', 'nothing of the repaired parts is left outside the store')
  concludeRecordings(t, { fault: 'gateway killed while recording', engine: 'SQLite', tries: KILLS, ...total, faults })
})
