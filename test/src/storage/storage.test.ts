/** Both stores behave alike; the S3 one against a real server. */
import { createRequire } from 'node:module'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { openStorage } from '../../../src/storage/open-storage.ts'
import { createFolderStorage } from '../../../src/storage/folder-storage.ts'
import { createS3Storage } from '../../../src/storage/s3-storage.ts'
import type { Storage } from '../../../src/storage/storage.ts'

const MIB = 1024 * 1024
const bytesOf = (length: number, seed = 7): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, at) => (at * seed + (at >> 8)) & 0xff))

function folder (t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'invigil-media-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** In pieces that fit no part. */
function streamOf (content: Buffer, piece = 100_003): Readable {
  const pieces: Buffer[] = []
  for (let at = 0; at < content.length; at += piece) pieces.push(content.subarray(at, at + piece))
  return Readable.from(pieces)
}

async function read (stream: Readable | undefined): Promise<Buffer | undefined> {
  if (stream === undefined) return undefined
  const parts: Buffer[] = []
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}

async function keysOf (store: Storage, prefix: string): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

async function behave (t: Test, store: Storage): Promise<void> {
  const large = bytesOf(6 * MIB + 17)
  const small = bytesOf(1000, 3)
  t.same(await store.put('a/recordings/1.webm', streamOf(large), { type: 'video/webm' }), {
    key: 'a/recordings/1.webm',
    bytes: large.length
  })
  await store.put('a/recordings/2.webm', streamOf(small))
  await store.put('ab/recordings/1.webm', streamOf(Buffer.alloc(0)))
  t.ok((await read(await store.get('a/recordings/1.webm')))?.equals(large), 'a large object comes back whole')
  t.ok((await read(await store.get('a/recordings/2.webm')))?.equals(small))
  t.equal((await read(await store.get('ab/recordings/1.webm')))?.length, 0, 'an empty one too')
  for (const [start, end] of [[0, 1], [10, 999], [5 * MIB - 1, 5 * MIB], [6 * MIB - 3, large.length - 1]] as const) {
    const part = await read(await store.get('a/recordings/1.webm', { start, end }))
    t.ok(part?.equals(large.subarray(start, end + 1)), `bytes ${start} to ${end}`)
  }
  t.same(await store.head('a/recordings/1.webm'), { key: 'a/recordings/1.webm', bytes: large.length })
  t.equal(await store.head('a/recordings/3.webm'), undefined)
  t.equal(await store.get('a/recordings/3.webm'), undefined)
  t.same(await keysOf(store, 'a/'), ['a/recordings/1.webm', 'a/recordings/2.webm'], 'a prefix lists its own objects')
  await store.put('a/recordings/2.webm', streamOf(bytesOf(5)))
  t.equal((await store.head('a/recordings/2.webm'))?.bytes, 5, 'an object is replaced')
  await store.delete('a/recordings/1.webm')
  await store.delete('a/recordings/1.webm')
  t.same(await keysOf(store, ''), ['a/recordings/2.webm', 'ab/recordings/1.webm'])
  const failing = Readable.from((async function * () {
    yield bytesOf(6 * MIB)
    throw new Error('the source is gone')
  })())
  await t.rejects(store.put('a/recordings/9.webm', failing))
  t.equal(await store.head('a/recordings/9.webm'), undefined, 'a stream that breaks off leaves nothing')
  for (const key of ['', '../x', 'a/../../x', '/etc/x', 'a//b', 'a/.hidden', 'a\\b', 'ä', 'x'.repeat(401)]) {
    await t.rejects(store.put(key, streamOf(small)), { code: 'key' }, JSON.stringify(key))
  }
}

t.test('a folder', async t => {
  const root = folder(t)
  const store = createFolderStorage(join(root, 'media'))
  await behave(t, store)
  t.equal(statSync(join(root, 'media', 'a', 'recordings', '2.webm')).mode & 0o077, 0, 'others of the machine read nothing')
  await store.delete('a/recordings/2.webm')
  t.same(readdirSync(join(root, 'media')), ['ab'], 'empty folders go')
})

t.test('a folder that cannot be written to is unavailable', { skip: process.getuid?.() === 0 }, async t => {
  const root = folder(t)
  chmodSync(root, 0o500)
  await t.rejects(createFolderStorage(root).put('a/b', streamOf(bytesOf(1))), { code: 'unavailable' })
})

t.test('an S3-compatible store', async t => {
  const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => {
    run (): Promise<AddressInfo>
    close (): Promise<void>
  }
  const server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: folder(t),
    configureBuckets: [{ name: 'invigil-test' }]
  })
  const { port } = await server.run()
  t.teardown(async () => await server.close())
  const options = { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

  await t.test('with large objects in parts', async t => {
    await behave(t, createS3Storage({ ...options, bucket: 'invigil-test', prefix: '', partBytes: 5 * MIB }))
  })

  await t.test('below a prefix of its own, as the configuration names it', async t => {
    const store = openStorage({ storageUrl: 's3://invigil-test/exams/2026', dataDir: 'unused', s3: options })
    await store.put('b/x.webm', streamOf(bytesOf(10)))
    t.same(await keysOf(store, 'b/'), ['b/x.webm'])
    const whole = createS3Storage({ ...options, bucket: 'invigil-test', prefix: '' })
    t.same(await keysOf(whole, 'exams/'), ['exams/2026/b/x.webm'])
  })

  await t.test('wrong keys and a missing bucket are said without secrets', async t => {
    const wrong = createS3Storage({ ...options, accessKeyId: 'STRANGER', bucket: 'invigil-test', prefix: '' })
    await t.rejects(wrong.put('x', streamOf(bytesOf(1))), { code: 'unavailable', message: /403 InvalidAccessKeyId/ })
    const nowhere = createS3Storage({ ...options, bucket: 'no-such-bucket', prefix: '' })
    await t.rejects(nowhere.put('x', streamOf(bytesOf(1))), { code: 'unavailable', message: /404 NoSuchBucket/ })
  })
})

t.test('a store that is not there is unavailable', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  const gone = createS3Storage({
    endpoint: `http://127.0.0.1:${port}`, bucket: 'b', prefix: '', region: 'x', accessKeyId: 'a', secretAccessKey: 'b'
  })
  await t.rejects(gone.head('x'), { code: 'unavailable' })
})
