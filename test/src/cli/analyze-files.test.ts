/** `invigil analyze` with many files, files that crash a decoder, and different formats. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import t, { type Test } from 'tap'
import { makeHugeTable } from '../../support/hostile-sound.ts'
import { makeEncoded, makeWav } from '../../support/make-sound.ts'
import { runCli, skipWithoutBuild } from '../../support/run-cli.ts'

const models = existsSync('../shared/models') ? { MODELS_DIR: '../shared/models' } : {}

interface AnalyzeLine {
  readonly file: string
  readonly error?: { readonly code: string, readonly message: string }
}

async function temporaryFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-cli-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('analyze accepts more than 16 KB of arguments, and lists of files', { skip: skipWithoutBuild }, async t => {
  const folder = await temporaryFolder(t)
  const missing = Array.from({ length: 400 }, (_, index) =>
    path.join(folder, `a-long-enough-name-of-a-missing-picture-${index}.jpg`)
  )
  const odd = path.join(folder, 'with\nline break.jpg')
  const many = await runCli(['analyze', ...missing], { env: models })
  t.equal(many.code, 1)
  t.same(many.lines<AnalyzeLine>().map(({ file }) => file), missing)
  t.ok(many.lines<AnalyzeLine>().every(({ error }) => error?.code === 'INVIGIL_ERR_FILE_UNREADABLE'))
  const list = path.join(folder, 'list.txt')
  await writeFile(list, `${missing.slice(0, 2).join('\r\n')}\n\n`)
  const [a, b, c, d] = missing
  const listed = await runCli(['analyze', '--files-from', list, c!, '-', d!], { env: models, input: `${d}\n${c}` })
  t.same(listed.lines<AnalyzeLine>().map(({ file }) => file), [c, d, c, d, a, b])
  const nul = await runCli(['analyze', '--null', '--files-from', '-'], { env: models, input: `${odd}\0${a}\0` })
  t.same(nul.lines<AnalyzeLine>().map(({ file }) => file), [odd, a])
  const nothing = await runCli(['analyze'], { env: models })
  t.equal(nothing.code, 1)
  t.match(nothing.stderr, /at least one file/)
})

t.test(
  'a file that crashes its decoder gets an error line, and the other files theirs',
  { skip: skipWithoutBuild },
  async t => {
    const folder = await temporaryFolder(t)
    const sound = path.join(folder, 'sound.wav')
    const bomb = path.join(folder, 'bomb.m4a')
    await writeFile(sound, makeWav([new Float32Array(16_000).fill(0.1)]))
    // A table that claims a billion entries fills the heap, which no code can catch.
    await writeFile(bomb, makeHugeTable())
    const run = await runCli(['analyze', sound, bomb, sound], {
      env: { ...models, NODE_OPTIONS: '--max-old-space-size=200' }
    })
    t.equal(run.code, 1)
    t.same(
      run.lines<AnalyzeLine>().map(({ file, error }) => [file, error?.code]),
      [
        [sound, undefined],
        [bomb, 'INVIGIL_ERR_MEDIA_INVALID'],
        [sound, undefined]
      ]
    )
    const events = await runCli(['events', bomb], { env: { ...models, NODE_OPTIONS: '--max-old-space-size=200' } })
    t.equal(events.code, 1)
    t.match(events.stderr, /no video track/)
  }
)

t.test(
  'analyze reads 16-bit FLAC, and says why objects are found by the fallback',
  { skip: skipWithoutBuild },
  async t => {
    const folder = await temporaryFolder(t)
    const flac = path.join(folder, 'tone.flac')
    await writeFile(
      flac,
      await makeEncoded(
        'flac in flac',
        Float32Array.from({ length: 96_000 }, (_, index) => 0.25 * Math.sin(index / 20))
      )
    )
    await writeFile(path.join(folder, 'yolox_nano.onnx'), 'this is no model')
    const run = await runCli(['analyze', flac], { env: { MODELS_DIR: folder } })
    t.equal(run.code, 0, run.stderr)
    const [line] = run.lines<{ durationMs: number, levelDb: number }>()
    t.equal(line?.durationMs, 2000)
    t.ok(Math.abs(line!.levelDb + 15.05) < 0.2, `${line?.levelDb} dB`)
    t.match(run.stderr, /YOLOX-nano is not here .*damaged.* centernet/)
  }
)
