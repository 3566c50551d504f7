import type { Test } from 'tap'
import { newId } from '../../db/index.ts'
import { AT, openSession, type Open } from './rows.ts'

/** Every query of recordings and of the keys of media. */
export async function conformMedia (t: Test, open: Open): Promise<void> {
  await t.test('a session has one media key, and loses it with its account', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const keys = [1, 2, 3, 4].map(byte => new Uint8Array(61).fill(byte))
    const added = await Promise.all(keys.map(async key => await db.mediaKeys.add(session.id, key, AT)))
    t.equal(new Set(added.map(key => key[0])).size, 1, 'of four at once one counts')
    t.same(await db.mediaKeys.get(session.id), added[0])
    await t.rejects(db.mediaKeys.add(newId(), keys[0]!, AT), { code: 'missing' })
    t.same((await db.mediaKeys.ends()).map(({ sessionId }) => sessionId), [session.id, session.id])
    t.same((await db.mediaKeys.ends())[0]!.wrapped, added[0])
    t.equal(await db.mediaKeys.remove(session.id), true)
    t.equal(await db.mediaKeys.remove(session.id), false)
    t.equal(await db.mediaKeys.get(session.id), undefined)
    await db.mediaKeys.add(session.id, keys[1]!, AT)
    await db.erasure.user(user.id)
    t.equal(await db.mediaKeys.get(session.id), undefined)
  })

  await t.test('an analysis is requested once, taken by one gateway, and taken again when that one is silent', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const [recordingId, other] = [newId(), newId()]
    const about = { sessionId: session.id, userId: user.id, examId: null, mode: 'full', startedAtMs: AT } as const
    for (const id of [recordingId, other]) {
      await db.recordings.add({ ...about, id, mediaType: 'video/webm', storageKey: id }, AT)
    }
    const request = async (id = recordingId) =>
      await db.analyses.request({ recordingId: id, requestedBy: user.id, atMs: AT }, 1)
    const asked = await Promise.all([request(), request(), request()])
    t.equal(new Set(asked.map(job => job?.id)).size, 1)
    t.equal(await request(other), undefined, 'only one may wait')
    const id = asked[0]!.id
    const claims = await Promise.all([1, 2, 3].map(async () => await db.analyses.claim(AT + 1, AT)))
    t.match(claims.filter(job => job !== undefined), [{ id, state: 'running', tries: 1 }])
    t.equal(claims.filter(job => job !== undefined).length, 1)
    t.equal(await db.analyses.progress(id, 5000, AT + 2), true)
    t.equal(await db.analyses.claim(AT + 3, AT + 2), undefined)
    t.match(await db.analyses.claim(AT + 60_000, AT + 3), { id, tries: 2, doneMs: 5000 })
    t.equal(await db.analyses.release(id, AT + 60_001), true)
    t.equal(await db.analyses.progress(id, 6000, AT), false, 'it waits')
    t.match(await db.analyses.claim(AT + 60_002, AT), { id, tries: 3 })
    const found = [{ kind: 'phone', atMs: AT, endedAtMs: null }]
    t.equal(await db.analyses.done(id, { found, models: { a: '1' }, doneMs: 9000 }, AT + 60_003), true)
    t.equal(await db.analyses.failed(id, 'x', AT + 60_004), false)
    t.match(await db.analyses.newest(recordingId), { id, state: 'done', found, models: { a: '1' }, doneMs: 9000 })
    const again = await request()
    t.not(again?.id, id)
    await db.analyses.claim(AT, AT)
    t.equal(await db.analyses.failed(again!.id, 'damaged', AT), true)
    t.match(await db.analyses.newest(recordingId), { state: 'failed', failure: 'damaged' })
    await db.erasure.user(user.id)
    t.equal(await db.analyses.newest(recordingId), undefined)
  })

  await t.test('a recording goes from writing to ready once, and not after a deletion', async t => {
    const db = await open(t)
    const { session, user } = await openSession(db)
    const add = async (atMs: number, source?: 'screen'): Promise<string> => {
      const id = newId()
      const recording = {
        id,
        sessionId: session.id,
        userId: user.id,
        examId: session.examId,
        mode: 'full' as const,
        ...(source !== undefined && { source }),
        startedAtMs: atMs,
        mediaType: 'video/webm',
        storageKey: `${session.id}/recordings/${id}.webm`
      }
      await db.recordings.add(recording, AT)
      await db.recordings.add(recording, AT)
      return id
    }
    const [first, second, third] = [await add(AT), await add(AT + 1000, 'screen'), await add(AT + 2000)]
    t.match(await db.recordings.byId(first), {
      state: 'writing', startedAtMs: AT, durationMs: null, bytes: null, gaps: [], failure: null, userName: user.name
    })
    t.equal(await db.recordings.byId(newId()), undefined)
    const finished = {
      durationMs: 5000,
      bytes: 7_000_000_000,
      sha256: 'ab'.repeat(32),
      mediaType: 'video/webm; codecs="vp8,opus"',
      gaps: [{ fromMs: 1, toMs: 2 }],
      failure: null
    }
    t.equal(await db.recordings.finalizing(first, AT + 1), true)
    t.equal(await db.recordings.finalizing(first, AT + 1), false)
    const sheet = (startedAtMs: number, storageKey: string) => ({
      startedAtMs,
      offsetsMs: [0, 10_000],
      columns: 2,
      tileWidth: 160,
      tileHeight: 120,
      bytes: 9,
      sha256: 'cd'.repeat(32),
      storageKey
    })
    const sheets = [sheet(AT + 500_000, 'b'), sheet(AT + 0.5, 'a')]
    t.equal(await db.recordings.ready(first, finished, AT + 2, sheets), true)
    t.equal(await db.recordings.ready(first, finished, AT + 2, sheets), false)
    const stored = await db.storyboards.list(session.id)
    t.match(stored, [
      { ...sheet(AT, 'a'), recordingId: first, sessionId: session.id },
      { ...sheet(AT + 500_000, 'b'), recordingId: first, sessionId: session.id }
    ], 'once, in the order of their times')
    t.same(await db.storyboards.byId(stored[1]!.id), stored[1])
    t.equal(await db.storyboards.byId(newId()), undefined)
    t.same(await db.storyboards.ofRecordings([]), [])
    t.equal((await db.storyboards.ofRecordings([first, second])).length, 2)
    t.match(await db.recordings.byId(first), { state: 'ready', ...finished, updatedAtMs: AT + 2 })
    t.equal(await db.recordings.failed(first, 'disk_full', AT), false, 'what is ready does not fail')
    t.equal(await db.recordings.failed(second, 'disk_full', AT + 3), true)
    t.match(await db.recordings.byId(second), { state: 'failed', failure: 'disk_full' })
    t.same((await db.recordings.unfinished(AT + 1, 10)).map(({ id }) => id), [third])
    t.same(await db.recordings.unfinished(AT, 10), [])
    const file = { id: third, kind: 'recording' as const, storageKey: '', session }
    const audit = { actorId: null, action: 'x', targetType: 'recording', targetId: third, atMs: AT }
    t.equal(await db.retention.filesDeleted([file], { audit, atMs: AT + 4 }), 1)
    t.equal(await db.retention.filesDeleted([file], { audit, atMs: AT + 4 }), 0)
    t.equal(await db.recordings.ready(third, finished, AT + 5, sheets), false)
    t.same(await db.storyboards.ofRecordings([third]), [], 'a deleted recording gets none')

    const list = async (filter: Partial<Parameters<typeof db.recordings.list>[0]>): Promise<string[]> =>
      (await db.recordings.list({ sessionId: session.id, limit: 10, ...filter })).map(({ id }) => id)
    t.same(await list({}), [third, second, first], 'newest first')
    t.same(await list({ limit: 1, before: third }), [second])
    t.same(await list({ state: 'ready' }), [first])
    t.same(await list({ source: 'screen' }), [second])
    t.same(await list({ source: 'camera' }), [third, first], 'a recording is of the camera where nothing else is said')
    t.same(await list({ fromMs: AT + 1000, toMs: AT + 2000 }), [second])
    t.same(await list({ userId: user.id, examId: newId() }), [])
    t.same(await list({ overseerId: user.id }), session.examId === null ? [third, second, first] : [])
    await db.retention.filesDeleted([{ ...file, id: first }], { audit, atMs: AT + 6 })
    t.same(await db.storyboards.list(session.id), [], 'they go with the file of their recording')
    await db.erasure.user(user.id)
    t.same(await list({}), [])
  })
}
