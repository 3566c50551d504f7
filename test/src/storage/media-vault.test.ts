/** Encrypted media: ranges, changes of the stored bytes, erasure. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import t from 'tap'
import { openDatabase } from '../../../db/index.ts'
import { createMediaVault } from '../../../src/storage/media-vault.ts'
import { CHUNK_BYTES, HEADER_BYTES, plainBytes } from '../../../src/storage/media-cipher.ts'
import { createMemoryStorage } from '../../support/memory-storage.ts'

const db = await openDatabase({ url: 'file::memory:' })
t.teardown(async () => await db.close())
const storage = createMemoryStorage()
const masterKey = Buffer.alloc(32, 1)
const vault = createMediaVault({ db, storage, masterKey })

const bytesOf = (length: number): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 7)) & 0xff))
let people = 0

async function session (): Promise<string> {
  const user = await db.users.create({
    email: `v${++people}@example.org`, name: 'V', role: 'student', passwordHash: null, createdAtMs: 1
  })
  return (await db.sessions.open({ userId: user.id, atMs: Date.now() })).session.id
}

async function read (place: { sessionId: string, key: string }, range?: { start: number, end: number }) {
  const stream = await vault.open(place, range)
  const parts: Buffer[] = []
  for await (const part of stream!) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

const SEALED = CHUNK_BYTES + 16

t.test('every size comes back, with its size and hash', async t => {
  const sessionId = await session()
  for (const length of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_001]) {
    const place = { sessionId, key: `${sessionId}/recordings/${length}.webm` }
    const plain = bytesOf(length)
    const pieces: Buffer[] = []
    for (let at = 0; at < length; at += 9999) pieces.push(plain.subarray(at, at + 9999))
    t.same(await vault.put(place, Readable.from(pieces), 'video/webm'), {
      bytes: length, sha256: createHash('sha256').update(plain).digest('hex')
    })
    t.ok((await read(place)).equals(plain), `${length} bytes`)
    t.equal(await vault.bytesOf(place), length)
    const stored = storage.objects.get(place.key)!
    if (length > 100) t.notOk(stored.includes(plain.subarray(0, 32)), 'the stored bytes hold nothing of the plain ones')
  }
})

t.test('ranges at the borders of chunks', async t => {
  const sessionId = await session()
  const place = { sessionId, key: `${sessionId}/recordings/r.webm` }
  const plain = bytesOf(3 * CHUNK_BYTES + 100)
  await vault.put(place, Readable.from([plain]))
  const edges = [
    0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES, plain.length - 1
  ]
  for (const start of edges) {
    for (const end of edges.filter(edge => edge >= start)) {
      if (!(await read(place, { start, end })).equals(plain.subarray(start, end + 1))) t.fail(`${start} to ${end}`)
    }
  }
  await t.rejects(vault.open(place, { start: 0, end: plain.length }), RangeError)
  t.equal(await vault.open({ sessionId, key: `${sessionId}/recordings/none.webm` }), undefined)
})

t.test('only the chunks of the range are read', async t => {
  const sessionId = await session()
  const place = { sessionId, key: `${sessionId}/recordings/p.webm` }
  await vault.put(place, Readable.from([bytesOf(10 * CHUNK_BYTES)]))
  let bytes = 0
  const counting = createMediaVault({
    db,
    masterKey,
    storage: {
      ...storage,
      get: async (key, range) => {
        bytes += range!.end - range!.start + 1
        return await storage.get(key, range)
      }
    }
  })
  await counting.open(place, { start: 4 * CHUNK_BYTES + 5, end: 4 * CHUNK_BYTES + 6 })
  t.equal(bytes, HEADER_BYTES + SEALED)
})

t.test('a cut, changed, exchanged or moved chunk is an error with a code', async t => {
  const [sessionId, otherId] = [await session(), await session()]
  const place = { sessionId, key: `${sessionId}/recordings/t.webm` }
  const second = { sessionId, key: `${sessionId}/recordings/u.webm` }
  const other = { sessionId: otherId, key: `${otherId}/recordings/t.webm` }
  const plain = bytesOf(3 * CHUNK_BYTES)
  for (const each of [place, second, other]) await vault.put(each, Readable.from([plain]))
  const whole = storage.objects.get(place.key)!
  const chunk = (from: Buffer, index: number): Buffer =>
    from.subarray(HEADER_BYTES + index * SEALED, HEADER_BYTES + (index + 1) * SEALED)
  const header = whole.subarray(0, HEADER_BYTES)
  const flipped = (at: number): Buffer => {
    const changed = Buffer.from(whole)
    changed[at]! ^= 1
    return changed
  }
  const damages: ReadonlyArray<readonly [string, Buffer]> = [
    ['one bit of a chunk', flipped(HEADER_BYTES + SEALED + 100)],
    ['one bit of a tag', flipped(HEADER_BYTES + SEALED - 1)],
    ['one bit of the salt', flipped(20)],
    ['the name of the form', flipped(0)],
    ['cut inside of a chunk', whole.subarray(0, -100)],
    ['cut at the border of a chunk', whole.subarray(0, -SEALED)],
    ['cut to the header', whole.subarray(0, HEADER_BYTES)],
    ['two chunks exchanged', Buffer.concat([header, chunk(whole, 1), chunk(whole, 0), chunk(whole, 2)])],
    ['a chunk twice', Buffer.concat([header, chunk(whole, 0), chunk(whole, 0), chunk(whole, 2)])],
    ['a chunk of another recording', Buffer.concat([
      header, chunk(whole, 0), chunk(storage.objects.get(second.key)!, 1), chunk(whole, 2)])],
    ['the whole of another recording', storage.objects.get(second.key)!],
    ['the whole of another session', storage.objects.get(other.key)!],
    ['bytes added', Buffer.concat([whole, chunk(whole, 2)])]
  ]
  for (const [what, content] of damages) {
    storage.objects.set(place.key, content)
    await t.rejects(read(place), { code: 'damaged' }, what)
  }
  storage.objects.set(place.key, whole.subarray(0, -SEALED))
  await t.rejects(vault.open(place, { start: 0, end: 9 }, plain.length), { code: 'damaged' }, 'a range, by the row')
  t.throws(() => plainBytes(HEADER_BYTES + SEALED + 16), { code: 'damaged' }, 'no object ends in an empty chunk')
  storage.objects.set(place.key, whole)
  t.ok((await read(place)).equals(plain))
})

t.test('erasing a session makes copies of its media unreadable, and no other', async t => {
  const [sessionId, otherId] = [await session(), await session()]
  const place = { sessionId, key: `${sessionId}/recordings/e.webm` }
  const other = { sessionId: otherId, key: `${otherId}/recordings/e.webm` }
  for (const each of [place, other]) await vault.put(each, Readable.from([bytesOf(10)]))
  const backup = storage.objects.get(place.key)!
  await vault.erase(sessionId)
  t.notOk(storage.objects.has(place.key))
  storage.objects.set(place.key, backup)
  await t.rejects(vault.open(place), { code: 'erased' })
  t.equal((await read(other)).length, 10)
  await vault.put(place, Readable.from([bytesOf(10)]))
  storage.objects.set(place.key, backup)
  await t.rejects(read(place), { code: 'damaged' }, 'a new key does not open the old copy')
})

t.test('two gateways make one key; another master key opens nothing', async t => {
  const sessionId = await session()
  const [one, two] = await Promise.all([vault.keys.make(sessionId), vault.keys.make(sessionId)])
  t.same(one, two)
  const stranger = createMediaVault({ db, storage, masterKey: Buffer.alloc(32, 2) })
  await t.rejects(stranger.keys.get(sessionId), { code: 'damaged' })
  await t.rejects(vault.keys.make('0195b93f-4a1b-7000-8000-000000000001'), { code: 'missing' })
})

t.test('a key of another MEDIA_KEY is noticed', async t => {
  const other = await openDatabase({ url: 'file::memory:' })
  t.teardown(async () => await other.close())
  const open = (byte: number) => createMediaVault({ db: other, storage, masterKey: Buffer.alloc(32, byte) }).keys
  t.equal(await open(1).areReadable(), true, 'nothing was recorded')
  const user = await other.users.create({
    email: 'k@example.org', name: 'K', role: 'student', passwordHash: null, createdAtMs: 1
  })
  const record = async (byte: number): Promise<void> => {
    const { session } = await other.sessions.open({ userId: user.id, atMs: Date.now() })
    await other.sessions.transition(session.id, ['active'], 'stopped', Date.now(), user.id, 'done')
    await open(byte).make(session.id)
  }
  await record(1)
  t.same([await open(1).areReadable(), await open(2).areReadable()], [true, false])
  await record(2)
  t.same([await open(1).areReadable(), await open(2).areReadable()], [false, false], 'one of the two')
})
