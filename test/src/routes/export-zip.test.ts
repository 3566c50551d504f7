/** The zip of a person's export. */
import { EventEmitter, once } from 'node:events'
import { buffer } from 'node:stream/consumers'
import { unzipSync } from 'fflate'
import t from 'tap'
import { zipOf, type ZipFile } from '../../../src/routes/users/zip.ts'

async function * of (...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield * pieces
}
const text = (words: string): AsyncGenerator<Uint8Array> => of(Buffer.from(words))

t.test('files are written one after the other, and each is opened when its turn comes', async t => {
  const opened: string[] = []
  async function * files (): AsyncGenerator<ZipFile> {
    for (const name of ['a.json', 'b.webm', 'empty.json']) {
      opened.push(name)
      yield { name, content: name === 'empty.json' ? of() : text(name.repeat(1000)), isCompressed: name === 'b.webm' }
    }
  }
  const found = unzipSync(await buffer(zipOf(files())))
  t.same(
    Object.entries(found).map(([name, content]) => [name, Buffer.from(content).toString().slice(0, 6), content.length]),
    [['a.json', 'a.json', 6000], ['b.webm', 'b.webm', 6000], ['empty.json', '', 0]]
  )
  t.same(opened, ['a.json', 'b.webm', 'empty.json'])
})

t.test('a file that cannot be read ends the stream with its error; a reader that goes closes what is read', async t => {
  async function * broken (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x')
    throw new Error('the store does not respond')
  }
  async function * one (content: AsyncIterable<Uint8Array>): AsyncGenerator<ZipFile> {
    yield { name: 'a', content, isCompressed: true }
  }
  await t.rejects(buffer(zipOf(one(broken()))), { message: 'the store does not respond' })

  const closed = new EventEmitter()
  const isClosed = once(closed, 'closed')
  async function * endless (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.alloc(65_536)
    } finally {
      closed.emit('closed')
    }
  }
  const out = zipOf(one(endless()))
  await once(out, 'readable')
  out.destroy()
  await once(out, 'close')
  await isClosed
  t.pass('closed')
})

t.test('a file of more than 4 GB, and one behind it, are found by their sizes and places', { timeout: 240_000 }, async t => {
  const block = Buffer.alloc(1 << 24)
  const blocks = 258
  async function * large (): AsyncGenerator<Uint8Array> {
    for (let count = 0; count < blocks; count++) yield block
  }
  async function * files (): AsyncGenerator<ZipFile> {
    yield { name: 'large.webm', content: large(), isCompressed: true }
    yield { name: 'small.json', content: text('{}') }
  }
  let bytes = 0
  let tail = Buffer.alloc(0)
  for await (const piece of zipOf(files())) {
    bytes += (piece as Buffer).length
    tail = Buffer.concat([tail, piece as Buffer]).subarray(-4096)
  }
  const size = BigInt(blocks * block.length)
  t.ok(bytes > 2 ** 32)
  const end = tail.indexOf('PK\x06\x06', 0, 'latin1')
  t.ok(end > 0, 'an end of the form zip64')
  t.equal(tail.readBigUInt64LE(end + 32), 2n, 'two files')
  const directory = tail.length - (bytes - Number(tail.readBigUInt64LE(end + 48)))
  t.equal(tail.toString('latin1', directory, directory + 4), 'PK\x01\x02', 'the list of files is where it is said to be')
  /** Size, packed size and place of the entry at `at`, from its zip64 field. */
  const entry = (at: number): bigint[] => {
    let extra = at + 46 + tail.readUInt16LE(at + 28)
    while (tail.readUInt16LE(extra) !== 1) extra += 4 + tail.readUInt16LE(extra + 2)
    return [4, 12, 20].map(offset => tail.readBigUInt64LE(extra + offset))
  }
  t.same(entry(directory), [size, size, 0n])
  const second = tail.indexOf('PK\x01\x02', directory + 4, 'latin1')
  const [smallBytes, , place] = entry(second)
  t.equal(smallBytes, 2n)
  t.ok(place! > size && place! < size + 200n)
})
