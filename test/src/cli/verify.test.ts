import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { strToU8, unzipSync, zipSync } from 'fflate'
import t from 'tap'
import { runCli, skipWithoutBuild } from '../../support/run-cli.ts'
import { issue, newKey } from '../../support/signed-report.ts'

t.test('invigil verify names what was changed, and knows a genuine report by its key', { skip: skipWithoutBuild }, async t => {
  const folder = t.testdir()
  const key = await newKey()
  const { full, sha256 } = await issue(key)
  const file = (name: string, content: Uint8Array | string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const keys = file('keys.json', JSON.stringify({ keys: [key.jwk] }))
  const report = file('report.zip', full)
  const verify = async (...args: string[]) => {
    const { code, lines, stderr } = await runCli(['verify', ...args])
    return { code, said: lines<Record<string, unknown>>()[0], stderr }
  }
  t.match(await verify(report, '--keys', keys), { code: 0, said: { verdict: 'genuine', sha256, entries: 4 }, stderr: '' })
  t.match(await verify(report), { code: 2, said: { verdict: 'unknown_key' }, stderr: /^unknown key/ })

  const files = unzipSync(full)
  const log = Buffer.from(files['events.jsonl']!).toString().replace('"n":3', '"n":9')
  const changed = file('changed.zip', zipSync({ ...files, 'events.jsonl': strToU8(log), 'report.pdf': strToU8('another') }))
  t.match(await verify(changed, '--keys', keys), {
    code: 1,
    said: { verdict: 'changed', problems: [{ file: 'report.pdf', code: 'changed' }, { file: 'events.jsonl', entry: 3 }] },
    stderr: /report\.pdf: it was changed/
  })
  t.match(await verify(keys), { code: 1, said: { problems: [{ code: 'not_zip' }] } })
  t.match(await verify(report, '--keys', report), { code: 1, stderr: /invigil-keys\.json/ })
  t.match(await verify(join(folder, 'none.zip')), { code: 1, stderr: /ENOENT/ })
})
