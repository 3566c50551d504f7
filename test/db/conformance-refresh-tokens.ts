import type { Test } from 'tap'
import { newId } from '../../db/index.ts'
import { AT, newUser, type Open } from './rows.ts'

/** Every query of refresh tokens. */
export async function conformRefreshTokens (t: Test, open: Open): Promise<void> {
  await t.test('of racing rotations one wins, the others void the family', async t => {
    const db = await open(t)
    const user = await db.users.create(newUser())
    const hash = newId()
    const token = await db.refreshTokens.create({ userId: user.id, tokenHash: hash, expiresAtMs: AT + 1000 })
    t.same(await db.refreshTokens.byHash(hash), token)
    const rotations = await Promise.all(Array.from({ length: 6 }, (_, index) =>
      db.refreshTokens.rotate(hash, { tokenHash: `${hash}-${index}`, expiresAtMs: AT + 2000 }, AT + 10)))
    const won = rotations.filter(rotation => rotation.outcome === 'rotated')
    t.equal(won.length, 1)
    t.equal(
      rotations.filter(rotation => rotation.outcome === 'reused' && rotation.familyId === token.familyId).length,
      5
    )
    const next = won[0]!.token
    t.match(next, {
      userId: user.id,
      familyId: token.familyId,
      expiresAtMs: AT + 2000,
      usedAtMs: null,
      revokedAtMs: null
    })
    t.same(await db.refreshTokens.byHash(next.tokenHash), { ...next, revokedAtMs: AT + 10 })
    t.same(await db.refreshTokens.rotate(next.tokenHash, { tokenHash: newId(), expiresAtMs: AT + 9 }, AT + 11), {
      outcome: 'invalid'
    })
  })

  await t.test(
    'a rotation whose answer was lost is answered again, for a while and until a successor is used',
    async t => {
      const db = await open(t)
      const user = await db.users.create(newUser())
      const first = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT + 1_000_000 })
      const rotate = (tokenHash: string, atMs: number) =>
        db.refreshTokens.rotate(tokenHash, { tokenHash: newId(), expiresAtMs: AT + 2_000_000 }, atMs, {
          graceMs: 20_000
        })
      const hashOf = (rotation: Awaited<ReturnType<typeof rotate>>) =>
        rotation.outcome === 'rotated' ? rotation.token.tokenHash : rotation.outcome

      const racing = (await Promise.all(Array.from({ length: 4 }, () => rotate(first.tokenHash, AT)))).map(hashOf)
      t.equal(new Set(racing).size, 4)
      for (const hash of racing) {
        t.match(await db.refreshTokens.byHash(hash), {
          familyId: first.familyId,
          userId: user.id,
          expiresAtMs: AT + 2_000_000,
          usedAtMs: null,
          revokedAtMs: null
        })
      }
      const again = hashOf(await rotate(first.tokenHash, AT + 19_999))
      t.match(await db.refreshTokens.byHash(again), { familyId: first.familyId, revokedAtMs: null })

      const third = hashOf(await rotate(again, AT + 30_000))
      t.match(await db.refreshTokens.byHash(racing[0]!), { usedAtMs: AT + 30_000, revokedAtMs: null }, 'overtaken')
      const other = hashOf(await rotate(racing[0]!, AT + 30_001))
      t.match(await db.refreshTokens.byHash(other), { usedAtMs: null, revokedAtMs: null }, 'another tab, at once')
      t.match(await rotate(first.tokenHash, AT + 30_002), { outcome: 'reused', familyId: first.familyId }, 'long used')
      for (const hash of [third, other]) t.same(await rotate(hash, AT + 30_003), { outcome: 'invalid' })

      const robbed = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT + 1_000_000 })
      await rotate(hashOf(await rotate(robbed.tokenHash, AT)), AT + 1)
      t.match(await rotate(robbed.tokenHash, AT + 2), { outcome: 'reused' }, 'its successor is used')

      const late = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT + 1_000_000 })
      t.match(await rotate(late.tokenHash, AT), { outcome: 'rotated' })
      t.match(await rotate(late.tokenHash, AT + 20_000), { outcome: 'reused' }, 'too late')

      const greedy = await db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT + 1_000_000 })
      for (let count = 0; count < 20; count++) t.match(await rotate(greedy.tokenHash, AT), { outcome: 'rotated' })
      t.match(await rotate(greedy.tokenHash, AT), { outcome: 'reused' }, 'too often')
    })

  await t.test('an unknown, expired or revoked refresh token is invalid', async t => {
    const db = await open(t)
    const user = await db.users.create(newUser())
    const create = () => db.refreshTokens.create({ userId: user.id, tokenHash: newId(), expiresAtMs: AT })
    const rotate = (tokenHash: string, atMs: number) =>
      db.refreshTokens.rotate(tokenHash, { tokenHash: newId(), expiresAtMs: AT + 5 }, atMs)
    const [expired, revoked, one, two] = [await create(), await create(), await create(), await create()]
    t.same(await rotate('unknown', 0), { outcome: 'invalid' })
    t.same(await rotate(expired.tokenHash, AT), { outcome: 'invalid' })
    t.equal(await db.refreshTokens.revokeFamily(revoked.familyId, AT - 1), true)
    t.equal(await db.refreshTokens.revokeFamily(revoked.familyId, AT - 1), false)
    t.same(await rotate(revoked.tokenHash, AT - 1), { outcome: 'invalid' })
    t.match(await rotate(one.tokenHash, AT - 1), { outcome: 'rotated' })
    t.equal(await db.users.endLogins(user.id, AT), true)
    t.same(await rotate(two.tokenHash, AT - 1), { outcome: 'invalid' })
    t.equal(await db.refreshTokens.deleteExpired(AT), 0)
    t.ok(await db.refreshTokens.deleteExpired(AT + 1) >= 4)
    t.equal(await db.refreshTokens.byHash(two.tokenHash), undefined)
    await t.rejects(db.refreshTokens.create({ userId: newId(), tokenHash: newId(), expiresAtMs: AT }), {
      code: 'missing'
    })
  })
}
