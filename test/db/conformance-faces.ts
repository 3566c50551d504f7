import type { Test } from 'tap'
import { defined } from '../../lib/defined.ts'
import { newId } from '../../db/index.ts'
import { AT, newUser, type Open } from './rows.ts'

const FACE = new Uint8Array([1])
const ADDRESS = '2001:db8::7'

/** Every query of the history of enrolled faces. */
export async function conformFaces (t: Test, open: Open): Promise<void> {
  await t.test('each change of a face is in its history with it', async t => {
    const db = await open(t)
    const admin = await db.users.create(newUser({ role: 'admin' }))
    const { id } = await db.users.create(newUser())
    const change = (atMs: number) => ({ by: id, address: ADDRESS, atMs })
    t.same(await db.faceEnrollments.list(id, { limit: 10 }), [])
    t.equal(await db.users.setFace(id, { embedding: null, change: change(AT) }), 'done', 'nothing to remove')
    t.same(await db.faceEnrollments.list(id, { limit: 10 }), [])
    for (const [at, embedding] of [FACE, FACE, null, FACE].entries()) {
      t.equal(await db.users.setFace(id, { embedding, change: change(AT + at) }), 'done')
    }
    await db.users.replacePassword(id, { passwordHash: 'x', forgetsOthers: false, atMs: AT + 4 })
    for (const atMs of [AT + 5, AT + 6]) {
      await db.users.replacePassword(id, {
        passwordHash: 'x',
        forgetsOthers: { by: admin.id, address: '192.0.2.1' },
        atMs
      })
    }
    const all = await db.faceEnrollments.list(id, { limit: 10 })
    t.same(
      all.map(({ action, by, address, atMs }) => [action, by, address, atMs - AT]),
      [
        ['removed', admin.id, '192.0.2.1', 5],
        ['enrolled', id, ADDRESS, 3],
        ['removed', id, ADDRESS, 2],
        ['replaced', id, ADDRESS, 1],
        ['enrolled', id, ADDRESS, 0]
      ]
    )
    t.match(all[0], { userId: id, confirmedBy: null, confirmedAtMs: null })
    t.same(await db.faceEnrollments.list(id, { before: all[1]!.id, limit: 2 }), all.slice(2, 4))
    t.same(
      await Promise.all([AT - 1, AT + 2, AT + 5].map(atMs => db.faceEnrollments.changesSince(id, atMs))),
      [5, 2, 0]
    )
    t.equal(await db.users.setFace(newId(), { embedding: FACE, change: change(AT) }), 'missing')

    const born = await db.users.create(newUser({ faceEmbedding: FACE, faceFrom: { by: admin.id, address: ADDRESS } }))
    t.match(await db.faceEnrollments.list(born.id, { limit: 10 }), [
      { action: 'enrolled', by: admin.id, address: ADDRESS, atMs: AT }
    ])
    const tokenHash = newId()
    await db.invitations.create(
      { tokenHash, createdBy: admin.id, role: 'student', usesMax: 1, createdAtMs: AT, expiresAtMs: AT + 10 },
      10
    )
    const invited = await db.invitations.redeem(tokenHash, newUser({ faceEmbedding: FACE }), AT)
    t.match(await db.faceEnrollments.list(invited!.user.id, { limit: 10 }), [
      { action: 'enrolled', by: invited!.user.id, address: '' }
    ])
  })

  await t.test('a face stays as it is while a session is open, also where both begin at once', async t => {
    const [db, other] = [await open(t), await open(t)]
    for (let round = 0; round < 10; round++) {
      const { id } = await db.users.create(newUser())
      const [outcome, { session }] = await Promise.all([
        other.users.setFace(id, { embedding: FACE, change: { by: id, address: '', atMs: AT } }),
        db.sessions.open({ userId: id, atMs: AT })
      ])
      t.equal((await db.faceEnrollments.list(id, { limit: 5 })).length, outcome === 'done' ? 1 : 0)
      t.equal(await db.users.setFace(id, { embedding: FACE, change: { by: id, address: '', atMs: AT } }), 'in_use')
      await db.sessions.transition(session.id, ['active'], 'stopped', AT, 'system')
      t.equal(await db.users.setFace(id, { embedding: FACE, change: { by: id, address: '', atMs: AT } }), 'done')
    }
  })

  await t.test(
    'a confirmation is of the newest change, with its audit entry, and a later face is not confirmed',
    async t => {
      const db = await open(t)
      const by = newId()
      const { id } = await db.users.create(newUser())
      const confirm = async (enrollmentId?: string) =>
        await db.faceEnrollments.confirm(id, { by, reason: 'seen', atMs: AT + 9, ...defined({ enrollmentId }) })
      const set = async (embedding: Uint8Array | null) =>
        await db.users.setFace(id, { embedding, change: { by: id, address: ADDRESS, atMs: AT } })
      t.equal(await confirm(), 'none')
      await set(FACE)
      const [first] = await db.faceEnrollments.list(id, { limit: 1 })
      await set(FACE)
      t.equal(await confirm(first!.id), 'changed')
      t.same(await db.audit.list({ targetId: id, limit: 5 }), [], 'what was not done is not in the log')
      const [second] = await db.faceEnrollments.list(id, { limit: 1 })
      t.same(await confirm(second!.id), { ...second, confirmedBy: by, confirmedAtMs: AT + 9 })
      t.same(await db.faceEnrollments.list(id, { limit: 5 }), [
        { ...second, confirmedBy: by, confirmedAtMs: AT + 9 },
        first
      ])
      t.match(await db.audit.list({ targetId: id, limit: 5 }), [
        {
          actorId: by,
          action: 'face.confirm',
          targetType: 'user',
          detail: { id: second!.id, reason: 'seen' },
          atMs: AT + 9
        }
      ])
      await set(FACE)
      t.match((await db.faceEnrollments.at(id)).change, { confirmedAtMs: null })
      await set(null)
      t.equal(await confirm(), 'none')
      t.equal(await db.faceEnrollments.confirm(newId(), { by, reason: 'x', atMs: AT }), 'none')
    }
  )

  await t.test('the face of a moment follows from the changes until then', async t => {
    const db = await open(t)
    const { id } = await db.users.create(newUser())
    t.same(await db.faceEnrollments.at(id), { isEnrolled: false, change: null })
    for (const [at, embedding] of [FACE, null].entries()) {
      await db.users.setFace(id, { embedding, change: { by: id, address: '', atMs: AT + at * 10 } })
    }
    t.same(await db.faceEnrollments.at(id, AT - 1), { isEnrolled: false, change: null })
    t.match(await db.faceEnrollments.at(id, AT + 9), { isEnrolled: true, change: { action: 'enrolled' } })
    t.match(await db.faceEnrollments.at(id, AT + 10), { isEnrolled: false, change: { action: 'removed' } })
    t.match(await db.faceEnrollments.at(id), { isEnrolled: false, change: { action: 'removed' } })
    t.same(await db.faceEnrollments.at(newId()), { isEnrolled: false, change: null })
  })

  await t.test('of an erased account nothing is left, nor the address from which it changed others', async t => {
    const db = await open(t)
    const admin = await db.users.create(newUser({ role: 'admin' }))
    const erased = await db.users.create(newUser({ faceEmbedding: FACE }))
    const other = await db.users.create(newUser({ faceEmbedding: FACE, faceFrom: { by: admin.id, address: ADDRESS } }))
    t.equal(await db.erasure.user(erased.id), true)
    t.same(await db.faceEnrollments.list(erased.id, { limit: 5 }), [])
    t.match(await db.faceEnrollments.list(other.id, { limit: 5 }), [{ address: ADDRESS }])
    t.equal(await db.erasure.user(admin.id), true)
    t.match(await db.faceEnrollments.list(other.id, { limit: 5 }), [{ by: admin.id, address: '' }])
  })
}
