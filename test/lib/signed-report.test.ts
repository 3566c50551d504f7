import { createHash, sign as signBytes } from 'node:crypto'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import t from 'tap'
import { verifyReport, type PublicKey } from '../../lib/signed-report/verify.ts'
import { issue, newKey, PATH, PICTURE } from '../support/signed-report.ts'

/** Another letter or digit in place of the one at `at`, so that JSON stays JSON where it stood in a text. */
function changed (content: Uint8Array, at: number): Uint8Array {
  const copy = content.slice()
  copy[at] = copy[at] === 0x61 ? 0x62 : 0x61
  return copy
}

const key = await newKey()
const { full, forCandidate, sha256, head } = await issue(key)
const files = unzipSync(full)
const check = async (parts: Readonly<Record<string, Uint8Array>>) =>
  await verifyReport(zipSync({ ...parts }), [key.jwk])

t.test('a report is genuine under its key and of an unknown key under others', async t => {
  t.match(await verifyReport(full, [key.jwk]), {
    verdict: 'genuine', problems: [], kid: key.kid, sha256, entries: 4, withoutDetail: 0, report: { chain: { head } }
  })
  t.match(await verifyReport(forCandidate, [key.jwk]), { verdict: 'genuine', sha256, entries: 4, withoutDetail: 3 })
  t.match(await verifyReport(full, []), { verdict: 'unknown_key', problems: [] })
  const other = await newKey()
  const forged = await issue(other)
  t.match(await verifyReport(forged.full, [key.jwk]), { verdict: 'unknown_key', problems: [], kid: other.kid })
  // A list that says of a wrong key that it is the right one.
  t.match(await verifyReport(full, [{ ...other.jwk, kid: key.kid } as PublicKey]), { verdict: 'unknown_key' })
})

t.test('the signature is one of RFC 7797, checked by Node\'s own Ed25519', async t => {
  const { protected: start, signature } = JSON.parse(strFromU8(files['report.jws']!)) as Record<string, string>
  const expected = { alg: 'EdDSA', kid: key.kid, b64: false, crit: ['b64'] }
  t.match(JSON.parse(Buffer.from(start!, 'base64url').toString()), expected)
  const signed = Buffer.concat([Buffer.from(`${start!}.`), files['report.json']!])
  t.equal(signBytes(null, signed, key.privateKey).toString('base64url'), signature)
})

t.test('the hashes of the log are those of the documents', async t => {
  const hash = (...parts: Array<Uint8Array | string>) => parts.reduce<ReturnType<typeof createHash>>(
    (made, part) => made.update(part), createHash('sha256')).digest()
  const lines = strFromU8(files['events.jsonl']!).trim().split('\n').map(line => JSON.parse(line))
  let before = hash('invigil-log-v1', 's1')
  for (const { entry, hash: written } of lines) {
    // The members of an entry stand in canonical order already.
    before = hash(Uint8Array.of(1), before, hash(Uint8Array.of(0), JSON.stringify(entry)))
    t.equal(written, before.toString('hex'))
  }
  t.equal(head, before.toString('hex'))
  const { entry, detail, salt } = lines[2]
  t.equal(entry.detailSha256, hash(salt, JSON.stringify(detail)).toString('hex'))
  t.equal(new Set(lines.map(line => line.salt)).size, 4, 'each salt is new')
})

t.test('a changed byte is named with its file, whichever byte it is', async t => {
  for (const [name, content] of Object.entries(files)) {
    if (name === 'events.jsonl') continue
    // Every byte of the small files, every seventh of the others.
    for (let at = 0; at < content.length; at += content.length < 300 ? 1 : 7) {
      const { verdict, problems } = await check({ ...files, [name]: changed(content, at) })
      if (verdict !== 'changed' || problems.length !== 1 || problems[0]!.file !== name) {
        t.fail(`${name}, byte ${at}: ${verdict} ${JSON.stringify(problems)}`)
      }
    }
    t.match(await check(Object.fromEntries(Object.entries(files).filter(([other]) => other !== name))), {
      verdict: 'changed', problems: [{ file: name, code: 'missing' }]
    })
  }
})

t.test('a changed byte of the log is named with its entry', async t => {
  const content = files['events.jsonl']!
  let line = 1
  for (let at = 0; at < content.length; at++) {
    if (content[at] === 0x0a) {
      line++
      continue
    }
    if (at % 5 !== 0) continue
    const { problems } = await check({ ...files, 'events.jsonl': changed(content, at) })
    if (problems.length === 0 || problems[0]!.file !== 'events.jsonl' || problems.some(({ entry }) => entry !== line)) {
      t.fail(`line ${line}, byte ${at}: ${JSON.stringify(problems)}`)
    }
  }
  const lines = strFromU8(content).split('\n')
  const without = (index: number) => strToU8(lines.filter((_, at) => at !== index).join('\n'))
  t.match(await check({ ...files, 'events.jsonl': without(1) }), { problems: [{ entry: 2, code: 'gone' }] })
  t.match(await check({ ...files, 'events.jsonl': without(3) }), { problems: [{ entry: 4, code: 'gone' }] }, 'the last one')
  const swapped = [lines[1], lines[0], ...lines.slice(2)].join('\n')
  t.match(await check({ ...files, 'events.jsonl': strToU8(swapped) }), { verdict: 'changed' })
})

t.test('what is no report, holds more, or was made again by another key is refused', async t => {
  t.match(await verifyReport(strToU8('no zip at all'), [key.jwk]), {
    verdict: 'changed', problems: [{ file: 'report.zip', code: 'not_zip' }]
  })
  t.match(await check({ ...files, 'more.txt': PICTURE }), { problems: [{ file: 'more.txt', code: 'unexpected' }] })
  t.match(await check({ ...files, [PATH]: Uint8Array.of(1) }), { problems: [{ file: PATH, code: 'changed' }] })
  const other = unzipSync((await issue(await newKey())).full)
  t.match(await check({ ...files, 'report.jws': other['report.jws']! }), { verdict: 'changed' })
  t.match(await check({ ...files, 'events.jsonl': other['events.jsonl']! }), { verdict: 'changed' }, 'other salts')
  const torn = full.slice()
  torn.fill(0x61, 60, 90)
  t.equal((await verifyReport(torn, [key.jwk])).verdict, 'changed')
})
