import { inspect } from 'node:util'
import type { Test } from 'tap'
import { DatabaseError, newId } from '../../db/index.ts'
import { AT, newUser, TEXT, type Open } from './rows.ts'

const FROM = { by: 'system', address: '192.0.2.7' }

/** Every query of users. */
export async function conformUsers (t: Test, open: Open): Promise<void> {
  await t.test('a user comes back as it went in', async t => {
    const db = await open(t)
    const faceEmbedding = Uint8Array.from({ length: 4608 }, (_, index) => index % 256)
    const newValues = newUser({
      email: ` Ünï.${process.pid}@Example.COM `,
      name: TEXT,
      role: 'teacher',
      locale: 'bn',
      passwordHash: '$argon2id$v=19$m=1',
      faceEmbedding,
      facePicture: 'faces/1.jpg'
    })
    const created = await db.users.create(newValues)
    const expected = {
      id: created.id,
      email: `ünï.${process.pid}@example.com`,
      name: TEXT,
      role: 'teacher',
      locale: 'bn',
      hasFace: true,
      disabledAtMs: null,
      tokensValidAfterMs: 0,
      credentialVersion: 0,
      createdAtMs: AT
    }
    t.same(created, expected)
    t.same(await db.users.byId(created.id), expected)
    t.same(await db.users.byEmail(newValues.email), expected)
    const secrets = { ...expected, passwordHash: newValues.passwordHash, faceEmbedding, facePicture: 'faces/1.jpg' }
    t.same(await db.users.secretsById(created.id), secrets)
    t.same(await db.users.secretsByEmail(newValues.email), secrets)
    t.equal((await db.users.secretsById(created.id))?.faceEmbedding?.constructor, Uint8Array)
    t.equal(await db.users.byId('no-such-id'), undefined)
    t.same(await db.users.namesOf([]), {})
    t.same(await db.users.namesOf([created.id, newId()]), { [created.id]: expected.name })
    t.equal(await db.users.byEmail('unknown@example.com'), undefined)
    t.equal(await db.users.byEmail(`uni.${process.pid}@example.com`), undefined, 'ü is not u')
    t.equal(await db.users.byId('কেউ না'), undefined)
  })

  await t.test('an address is taken once, and the error says so without it', async t => {
    const db = await open(t)
    const user = newUser({ passwordHash: 'secret-hash' })
    await db.users.create(user)
    const error = await db.users.create({ ...user, email: user.email.toUpperCase() }).catch((error: unknown) => error)
    t.type(error, DatabaseError)
    t.equal((error as DatabaseError).code, 'unique')
    for (const text of [
      String(error),
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      (error as Error).stack ?? ''
    ]) {
      t.notMatch(text, 'secret-hash')
      t.notMatch(text.toLowerCase(), user.email)
    }
    t.type((error as DatabaseError).driverError(), Error)
    const racers = await Promise.allSettled(
      Array.from({ length: 6 }, () => db.users.create({ ...user, email: `race-${user.email}` }))
    )
    t.equal(racers.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  await t.test('setters change one user and say whether it exists, also when nothing changes', async t => {
    const db = await open(t)
    const { id } = await db.users.create(newUser({ faceEmbedding: new Uint8Array([1]) }))
    const other = await db.users.create(newUser())
    for (const userId of [id, id, newId()]) {
      const exists = userId === id
      t.equal(await db.users.setRole(userId, 'admin'), exists)
      t.equal(await db.users.setPassword(userId, 'hash'), exists)
      t.equal(
        await db.users.setFace(userId, { embedding: null, change: { ...FROM, atMs: AT } }),
        exists ? 'done' : 'missing'
      )
      t.equal(await db.users.setDisabled(userId, AT + 1), exists)
      t.equal(await db.users.endLogins(userId, AT + 1), exists)
      t.equal(await db.users.setProfile(userId, { name: 'Grace', locale: 'bn' }), exists)
      t.equal(await db.users.setProfile(userId, {}), exists)
    }
    t.match(await db.users.secretsById(id), {
      role: 'admin',
      passwordHash: 'hash',
      hasFace: false,
      faceEmbedding: null,
      disabledAtMs: AT + 1,
      tokensValidAfterMs: AT + 2,
      name: 'Grace',
      locale: 'bn'
    })
    t.same(await db.users.byId(other.id), other)
    await db.users.setDisabled(id, null)
    t.equal((await db.users.byId(id))?.disabledAtMs, null)
    t.equal(await db.users.delete(id), true)
    t.equal(await db.users.delete(id), false)
  })

  await t.test('users are listed newest first, by page, role and part of the name', async t => {
    const db = await open(t)
    const mark = newId()
    const before = await db.users.countByRole()
    const made = []
    for (let index = 0; index < 7; index++) {
      made.push(
        await db.users.create(newUser({ name: `${index}_x% ${mark}`, role: index % 2 === 0 ? 'teacher' : 'student' }))
      )
    }
    const newestFirst = made.reverse()
    const all = await db.users.list({ search: mark.toUpperCase(), limit: 500 })
    t.same(all, newestFirst)
    const first = await db.users.list({ search: mark, limit: 3 })
    t.same([...first, ...(await db.users.list({ search: mark, before: first[2]!.id, limit: 10 }))], newestFirst)
    t.same(
      await db.users.list({ role: 'student', search: mark, limit: 10 }),
      newestFirst.filter(user => user.role === 'student')
    )
    t.same(
      await db.users.list({ search: `3_X% ${mark}`, limit: 10 }),
      newestFirst.filter(user => user.name.startsWith('3'))
    )
    t.same(await db.users.list({ search: `3%${mark}`, limit: 10 }), [], 'a sign of the user is no wildcard')
    t.same((await db.users.list({ search: newestFirst[0]!.email, limit: 10 })).length, 1)
    t.equal((await db.users.list({ limit: -5 })).length, 1)
    const after = await db.users.countByRole()
    t.same([after.teacher - before.teacher, after.student - before.student], [4, 3])
    const enrolled = await db.users.create(newUser({ faceEmbedding: new Uint8Array([7, 8]) }))
    t.same(await db.users.listFaces({ after: newestFirst[0]!.id, limit: 5 }), [
      { id: enrolled.id, faceEmbedding: new Uint8Array([7, 8]) }
    ])
  })

  await t.test('every change of a credential raises the version, a new name does not', async t => {
    const db = await open(t)
    const { id } = await db.users.create(newUser({ passwordHash: 'one' }))
    const version = async () => (await db.users.byId(id))?.credentialVersion
    const changes: Array<() => Promise<unknown>> = [
      () => db.users.setPassword(id, 'one'),
      () => db.users.setFace(id, { embedding: new Uint8Array([1]), change: { ...FROM, atMs: AT } }),
      () => db.users.setRole(id, 'teacher'),
      () => db.users.setDisabled(id, AT),
      () => db.users.setDisabled(id, null),
      () => db.users.endLogins(id, AT),
      () => db.users.replacePassword(id, { passwordHash: 'two', forgetsOthers: false, atMs: AT })
    ]
    for (const [index, change] of changes.entries()) {
      t.equal(await version(), index)
      await change()
    }
    t.equal(await version(), changes.length)
    await db.users.setProfile(id, { name: 'Grace' })
    t.equal(await db.users.rehashPassword(id, 'one', 'three'), false)
    t.equal(await db.users.rehashPassword(id, 'two', 'three'), true)
    t.equal(await version(), changes.length)
    t.match(await db.users.secretsById(id), { passwordHash: 'three', hasFace: true })
  })

  await t.test(
    'a password is replaced only at the version that was verified, and every login ends with it',
    async t => {
      const db = await open(t)
      const { id } = await db.users.create(newUser({ passwordHash: 'one', faceEmbedding: new Uint8Array([1]) }))
      const login = await db.refreshTokens.issue({ userId: id, tokenHash: newId(), expiresAtMs: AT + 10 }, 0)
      const device = { tokenHash: newId(), atMs: AT, keepMax: 5 }
      await db.refreshTokens.issue({ userId: id, tokenHash: newId(), expiresAtMs: AT + 10 }, 0, device)
      t.equal(
        await db.users.replacePassword(id, { passwordHash: 'two', ifVersion: 7, forgetsOthers: FROM, atMs: AT }),
        undefined
      )
      t.equal(
        await db.users.replacePassword(newId(), { passwordHash: 'two', forgetsOthers: FROM, atMs: AT }),
        undefined
      )
      t.match(await db.users.secretsById(id), { passwordHash: 'one', hasFace: true })
      t.equal(
        await db.users.replacePassword(id, { passwordHash: 'two', ifVersion: 0, forgetsOthers: false, atMs: AT }),
        1
      )
      t.match(await db.users.secretsById(id), { passwordHash: 'two', hasFace: true, tokensValidAfterMs: AT + 1 })
      t.equal((await db.refreshTokens.byHash(login!.tokenHash))?.revokedAtMs, AT)
      t.match(await db.devices.find(id, [device.tokenHash]), { userId: id, usedAtMs: AT })
      t.equal(await db.users.replacePassword(id, { passwordHash: 'three', forgetsOthers: FROM, atMs: AT }), 2)
      t.match(await db.users.secretsById(id), { passwordHash: 'three', hasFace: false })
      t.equal(await db.devices.find(id, [device.tokenHash]), undefined)
    }
  )

  await t.test(
    'a login gets its tokens before a change of the credentials, which then ends it, or not at all',
    async t => {
      const [db, other] = [await open(t), await open(t)]
      for (let round = 0; round < 10; round++) {
        const { id } = await db.users.create(newUser({ passwordHash: 'one' }))
        const changes: Array<() => Promise<unknown>> = [
          () => other.users.replacePassword(id, { passwordHash: 'two', forgetsOthers: FROM, atMs: AT }),
          () => other.users.endLogins(id, AT),
          () => other.users.setDisabled(id, AT).then(() => other.users.endLogins(id, AT))
        ]
        const [tokens] = await Promise.all([
          Promise.all(
            Array.from({ length: 6 }, () =>
              db.refreshTokens.issue({ userId: id, tokenHash: newId(), expiresAtMs: AT + 10 }, 0)
            )
          ),
          changes[round % 3]!()
        ])
        for (const token of tokens) {
          if (token !== undefined) t.equal((await db.refreshTokens.byHash(token.tokenHash))?.revokedAtMs, AT)
        }
        t.equal(
          await db.refreshTokens.issue({ userId: id, tokenHash: newId(), expiresAtMs: AT + 10 }, 0),
          undefined,
          'the old version'
        )
      }
      const { id } = await db.users.create(newUser())
      t.match(await db.refreshTokens.issue({ userId: id, tokenHash: newId(), expiresAtMs: AT, deviceId: 'd' }, 0), {
        userId: id,
        deviceId: 'd',
        usedAtMs: null
      })
      await db.users.setDisabled(id, AT)
      t.equal(
        await db.refreshTokens.issue({ userId: id, tokenHash: newId(), expiresAtMs: AT }, 1),
        undefined,
        'disabled'
      )
      t.equal(
        await db.refreshTokens.issue({ userId: newId(), tokenHash: newId(), expiresAtMs: AT }, 0),
        undefined,
        'no such user'
      )
    }
  )

  await t.test('a user has a bounded number of known devices, the newest', async t => {
    const db = await open(t)
    const [user, stranger] = [await db.users.create(newUser()), await db.users.create(newUser())]
    const add = async (atMs: number) => {
      const tokenHash = newId()
      const token = await db.refreshTokens.issue({ userId: user.id, tokenHash: newId(), expiresAtMs: AT }, 0, {
        tokenHash,
        atMs,
        keepMax: 3
      })
      return { id: token!.deviceId!, tokenHash }
    }
    const devices = [await add(AT), await add(AT + 1), await add(AT + 2)]
    await db.devices.touch(devices[0]!.id, AT + 9)
    const fourth = await add(AT + 10)
    const isKnown = async (userId: string, tokenHash: string) =>
      (await db.devices.find(userId, ['x', tokenHash])) !== undefined
    t.same(await Promise.all([...devices, fourth].map(({ tokenHash }) => isKnown(user.id, tokenHash))), [
      true,
      false,
      true,
      true
    ])
    t.equal(await isKnown(stranger.id, fourth.tokenHash), false, 'a device of another account')
    t.equal(await db.devices.find(user.id, []), undefined)
    await db.users.delete(user.id)
    t.equal(await isKnown(user.id, fourth.tokenHash), false)
  })
}
