import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { runCli, runCliUnread, skipWithoutBuild } from '../../support/run-cli.ts'

const SHARED = '../shared/testdata'
const missing = existsSync(SHARED) ? false : `${SHARED} is not here`
if (missing !== false && process.env['CI'] === 'true') throw new Error(missing)
const skip = skipWithoutBuild === false ? missing : skipWithoutBuild

const models = existsSync('../shared/models') ? { MODELS_DIR: '../shared/models' } : {}
const shared = (name: string): string => path.join(SHARED, name)

interface AnalyzeLine {
  readonly file: string
  readonly atMs: number
  readonly width: number
  readonly height: number
  readonly faces: ReadonlyArray<{ readonly box: readonly number[], readonly landmarks?: readonly number[][] }>
  readonly hands: readonly unknown[]
  readonly objects: readonly unknown[]
  readonly persons: number
  readonly quality: Readonly<Record<string, unknown>>
  readonly error?: { readonly code: string, readonly message: string }
}

async function temporaryFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'invigil-cli-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('analyze prints one line for each file, in order, and exits with 1 because some cannot be read', { skip }, async t => {
  const folder = await temporaryFolder(t)
  const garbage = path.join(folder, 'garbage.jpg')
  const empty = path.join(folder, 'empty.png')
  const turned = path.join(folder, 'turned.jpg')
  await writeFile(garbage, 'this is no picture')
  await writeFile(empty, '')
  await sharp(shared('images/many_faces/family_three.jpg'))
    .resize(640, 320, { fit: 'cover' })
    .withMetadata({ orientation: 6 })
    .toFile(turned)
  const files = [
    shared('images/many_faces/family_three.jpg'), garbage, empty, path.join(folder, 'nowhere.jpg'),
    shared('audio/speech_one.wav'), turned, shared('images/hands/pointing_up.jpg')
  ]
  const run = await runCli(['analyze', ...files], { env: models })
  t.equal(run.code, 1)
  for (const file of files.slice(1, 4)) t.ok(run.stderr.includes(`${file}: `), `${file} is named on stderr`)
  const lines = run.lines<AnalyzeLine>()
  t.same(lines.map(line => line.file), files)
  t.same(lines.map(line => line.error?.code), [
    undefined, 'INVIGIL_ERR_IMAGE_INVALID', 'INVIGIL_ERR_IMAGE_EMPTY', 'INVIGIL_ERR_FILE_UNREADABLE',
    undefined, undefined, undefined
  ])
  const [family, , , , sound, upright, hand] = lines
  t.match(sound, { durationMs: 1000, speech: { segments: { length: 1 } } })
  t.match(family, { atMs: 0, width: 640, height: 640, persons: 3 })
  t.equal(family?.faces.length, 3)
  const areas = family?.faces.map(({ box: [, , width = 0, height = 0] }) => width * height) ?? []
  t.same(areas, [...areas].sort((a, b) => b - a), 'largest first')
  t.notOk(family?.faces[0]?.landmarks, 'landmarks only when asked for')
  t.same(Object.keys(family?.quality ?? {}), ['brightness', 'contrast', 'sharpness', 'structure', 'blocked'])
  t.same([upright?.width, upright?.height], [320, 640], 'EXIF orientation is applied')
  t.equal(hand?.hands.length, 1)
})

t.test('analyze --landmarks prints 478 points as shares of the picture', { skip }, async t => {
  const run = await runCli(['analyze', '--landmarks', '--embed', shared('images/hands/pointing_up.jpg')], {
    env: models
  })
  const [line] = run.lines<AnalyzeLine>()
  const landmarks = line?.faces[0]?.landmarks ?? []
  t.equal(landmarks.length, 478)
  t.ok(landmarks.every(point => point.length === 3 && point[0]! > 0 && point[0]! < 1 && point[1]! > 0 && point[1]! < 1))
})

t.test('analyze prints a line for each sampled frame, upright, and treats a GIF of several frames as a video', { skip }, async t => {
  const run = await runCli(
    [
      'analyze',
      '--fps',
      '0.5',
      shared('video/gaze_center_focus.mp4'),
      shared('video/preview_head-pose-face-detection-male.gif')
    ],
    { env: models }
  )
  t.equal(run.code, 0, run.stderr)
  const lines = run.lines<AnalyzeLine>()
  t.same(lines.map(line => [line.width, line.height]), [...Array(6).fill([480, 848]), ...Array(3).fill([480, 270])])
  t.same(lines.map(line => Math.floor(line.atMs / 1000)), [0, 2, 4, 6, 8, 10, 0, 2, 4])
  t.ok(lines.every(line => line.faces.length === 1))
})

t.test('analyze prints the frames before the place where a video ends early, then an error line', { skip }, async t => {
  const cut = path.join(await temporaryFolder(t), 'cut.mp4')
  const whole = await readFile(shared('video/gaze_center_focus.mp4'))
  await writeFile(cut, whole.subarray(0, whole.length >> 1))
  const run = await runCli(['analyze', '--fps', '0.5', cut], { env: models })
  t.equal(run.code, 1)
  const lines = run.lines<AnalyzeLine>()
  t.ok(lines.length > 1)
  t.equal(lines.at(-1)?.error?.code, 'INVIGIL_ERR_MEDIA_INVALID')
  t.ok(lines.slice(0, -1).every(line => line.error === undefined))
})

t.test('analyze stops quietly when its reader goes away', { skip }, async t => {
  t.equal(
    await runCliUnread(
      ['analyze', '--landmarks', '--fps', '10', shared('video/asl_book.mkv'), shared('video/asl_eat.mkv')],
      models
    ),
    0
  )
})

t.test('`events` uses a video as the camera', { skip }, async t => {
  const run = await runCli(['events', '--fps', '1', shared('video/one-by-one-person-detection.mp4')], { env: models })
  t.equal(run.code, 0, run.stderr)
  const events = run.lines<{ kind: string, phase: string, atMs: number, incident: number }>()
  t.match(events[0], {
    kind: 'face_missing',
    event: 'Face not detected',
    phase: 'start',
    atMs: 0,
    class: 'integrity',
    severity: 'medium'
  })
  const open = new Set<number>()
  for (const { phase, incident } of events) if (phase === 'start') open.add(incident); else open.delete(incident)
  t.same([...open], [], 'every incident is ended')
})

t.test('`events` with a file that is not a video exits with 1', { skip: skipWithoutBuild }, async t => {
  const run = await runCli(['events', 'package.json'], { env: models })
  t.equal(run.code, 1)
  t.equal(run.stdout, '')
  t.match(run.stderr, /not a video/)
})

t.test('analyze and events use the configured object detector', { skip }, async t => {
  for (const [command, file] of [
    ['analyze', shared('images/no_face/white.png')],
    ['events', shared('video/asl_book.mkv')]
  ] as const) {
    const run = await runCli([command, file], { env: { ...models, OBJECT_MODEL: 'nowhere.onnx' } })
    t.equal(run.code, 1)
    t.match(run.stderr, /nowhere\.onnx/)
  }
})
