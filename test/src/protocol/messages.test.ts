import t from 'tap'
import { newId, type EventRow } from '../../../db/index.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { createBus, includes, type FeedMessage } from '../../../src/feed/bus.ts'
import { CLOSE, CLOSE_REASONS } from '../../../src/protocol/close-codes.ts'
import { readBase64, readBinary } from '../../../src/protocol/media-frame.ts'
import { logEntry } from '../../../src/protocol/log-entry.ts'
import { PAGE_EVENT_KINDS, readCandidate, readMonitor } from '../../../src/protocol/messages.ts'
import { refusal, refusalText } from '../../../src/protocol/error-message.ts'
import { Replay } from '../../../src/feed/replay.ts'
import { SessionScores } from '../../../src/live/session/session-scores.ts'

const limits = { messageCharsMax: 1000, frameBytesMax: 100 }
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
const text = (value: unknown) =>
  readCandidate(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), false, limits)

function row (about: Partial<EventRow> = {}): EventRow {
  return {
    id: newId(),
    sessionId: 's',
    userId: 'u',
    kind: 'phone',
    phase: 'start',
    incident: 1,
    atMs: 1000,
    durationMs: null,
    class: 'integrity',
    severity: 'high',
    weight: 4,
    detail: { score: 0.9 },
    createdAtMs: 0,
    ...about
  }
}

t.test('pictures are recognized by their first bytes', async t => {
  const pictures = [
    jpeg,
    Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1'),
    Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8 ', 'latin1'),
    Buffer.from('GIF89a..'),
    Buffer.from('GIF87a..')
  ]
  for (const bytes of pictures) t.match(readBinary(bytes), { type: 'frame', bytes })
  for (const bytes of [
    Buffer.from('RIFF\x10\x00\x00\x00WAVE', 'latin1'),
    Buffer.from([0xff]),
    Buffer.from([0xff, 0xd8]),
    Buffer.from('GIF'),
    Buffer.from('{}')
  ]) {
    t.match(readBinary(bytes), { type: 'error', code: 'INVIGIL_ERR_IMAGE_INVALID' })
  }
  t.match(readBinary(Buffer.alloc(0)), { code: 'INVIGIL_ERR_IMAGE_EMPTY' })
})

t.test('the header gives time and number, in network order', async t => {
  const head = [0x49, 0x56, 0x01, 0x01, 0x00, 0, 0, 0x01, 0x95, 0xb9, 0x3f, 0x4a, 0x1b]
  t.same(readBinary(Buffer.from([...head, ...jpeg])), { type: 'frame', bytes: jpeg, capturedAtMs: 0x0195b93f4a1b })
  const flagged = [...head.slice(0, 4), 0x01, ...head.slice(5), 0, 0, 1, 2]
  t.same(readBinary(Buffer.from([...flagged, ...jpeg])), {
    type: 'frame',
    bytes: jpeg,
    capturedAtMs: 0x0195b93f4a1b,
    seq: 258
  })
  t.same(
    readBinary(Buffer.from([...head.slice(0, 5), 0, 0, 0, 0, 0, 0, 0, 0, ...jpeg])),
    { type: 'frame', bytes: jpeg },
    'time 0 is no time'
  )
  t.match(readBinary(Buffer.from(head)), { code: 'INVIGIL_ERR_IMAGE_EMPTY' })
  t.match(readBinary(Buffer.from(flagged.slice(0, 15))), { code: 'INVIGIL_ERR_MESSAGE_INVALID' })
  t.match(
    readBinary(Buffer.from([...head.slice(0, 4), 0x02, ...head.slice(5), ...jpeg])),
    { code: 'INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED' },
    'an unknown flag'
  )
  for (const kind of [0, 77]) {
    t.match(readBinary(Buffer.from([...head.slice(0, 3), kind, ...head.slice(4), ...jpeg])), {
      code: 'INVIGIL_ERR_FRAME_KIND_UNSUPPORTED'
    })
  }
})

t.test('a video chunk is one shown VP8 frame of a bounded size with the right key flag', async t => {
  const head = (flags: number, ...rest: number[]) => [0x49, 0x56, 1, 2, flags, 0, 0, 0, 0, 0, 0, 0, 5, ...rest]
  /** A key frame of that size and a delta frame, each with an empty first partition. */
  const key = (width: number, height: number) => [
    0x10,
    0,
    0,
    0x9d,
    0x01,
    0x2a,
    width & 0xff,
    width >> 8,
    height & 0xff,
    height >> 8,
    9
  ]
  const between = [0x11, 0, 0, 9]
  const read = (...bytes: number[]) => readBinary(Buffer.from(bytes))
  t.same(read(...head(2, 1), ...key(640, 480)), {
    type: 'chunk',
    codec: 'vp8',
    isKey: true,
    bytes: Buffer.from(key(640, 480)),
    capturedAtMs: 5
  })
  t.same(read(...head(1, 0, 0, 0, 7, 1), ...between), {
    type: 'chunk',
    codec: 'vp8',
    isKey: false,
    bytes: Buffer.from(between),
    capturedAtMs: 5,
    seq: 7
  })
  for (const [width, height] of [
    [1280, 720],
    [720, 1280]
  ] as const) { t.match(read(...head(2, 1), ...key(width, height)), { type: 'chunk' }, `${width}×${height}`) }
  for (const [width, height] of [
    [1280, 721],
    [1281, 16],
    [16383, 16383]
  ] as const) {
    t.match(read(...head(2, 1), ...key(width, height)), { code: 'INVIGIL_ERR_VIDEO_INVALID' }, `${width}×${height}`)
  }
  t.match(read(...head(0, 1), ...key(640, 480)), { code: 'INVIGIL_ERR_VIDEO_INVALID' }, 'a key frame without its flag')
  t.match(read(...head(2, 1), ...between), { code: 'INVIGIL_ERR_VIDEO_INVALID' }, 'the flag without a key frame')
  t.match(
    read(...head(1, 0, 0, 0, 7, 1), 0x01, 0, 0, 9),
    { code: 'INVIGIL_ERR_VIDEO_INVALID', seq: 7 },
    'a hidden frame'
  )
  t.match(read(...head(0, 1), ...jpeg), { code: 'INVIGIL_ERR_VIDEO_INVALID' }, 'a picture')
  t.match(read(...head(0)), { code: 'INVIGIL_ERR_VIDEO_INVALID' }, 'no codec')
  t.match(read(...head(0, 2), ...between), { code: 'INVIGIL_ERR_FRAME_KIND_UNSUPPORTED' }, 'another codec')
  t.match(read(...head(4, 1), ...between), { code: 'INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED' }, 'an unknown flag')
  t.match(
    readCandidate(Buffer.from([...head(0, 1), ...between, ...Array.from({ length: 100 }, () => 0)]), true, limits),
    { code: 'INVIGIL_ERR_FRAME_TOO_LARGE' }
  )
})

t.test('a frame of the screen is a shown VP8 frame with the same header and codes of its own', async t => {
  const head = (flags: number, ...rest: number[]) => [0x49, 0x56, 1, 4, flags, 0, 0, 0, 0, 0, 0, 0, 5, ...rest]
  const key = (width: number, height: number) =>
    [0x10, 0, 0, 0x9d, 0x01, 0x2a, width & 0xff, width >> 8, height & 0xff, height >> 8, 9]
  const between = [0x11, 0, 0, 9]
  const read = (...bytes: number[]) => readBinary(Buffer.from(bytes))
  t.same(read(...head(3, 0, 0, 0, 7, 1), ...key(1280, 800)), {
    type: 'screen', codec: 'vp8', isKey: true, bytes: Buffer.from(key(1280, 800)), capturedAtMs: 5, seq: 7
  })
  t.match(read(...head(0, 1), ...between), { type: 'screen', isKey: false })
  t.match(read(...head(2, 1), ...key(720, 1280)), { type: 'screen' }, 'a screen on its side')
  const invalid: ReadonlyArray<readonly [string, readonly number[]]> = [
    ['too wide', [...head(2, 1), ...key(1282, 16)]],
    ['too high', [...head(2, 1), ...key(16, 1282)]],
    ['a key frame without its flag', [...head(0, 1), ...key(640, 480)]],
    ['the flag without a key frame', [...head(2, 1), ...between]],
    ['a hidden frame', [...head(0, 1), 0x01, 0, 0, 9]],
    ['a picture', [...head(0, 1), ...jpeg]],
    ['no codec', head(0)],
    ['a cut frame', [...head(2, 1), 0x10, 0xff, 0xff, 0x9d]]
  ]
  for (const [name, bytes] of invalid) t.match(read(...bytes), { code: 'INVIGIL_ERR_SCREEN_INVALID' }, name)
  t.match(read(...head(1, 0, 0, 0, 9, 1), ...jpeg), { code: 'INVIGIL_ERR_SCREEN_INVALID', seq: 9 })
  t.match(read(...head(0, 2), ...between), { code: 'INVIGIL_ERR_FRAME_KIND_UNSUPPORTED' }, 'another codec')
  t.match(read(...head(4, 1), ...between), { code: 'INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED' }, 'an unknown flag')
  t.match(read(...head(1, 0, 0)), { code: 'INVIGIL_ERR_MESSAGE_INVALID' }, 'it ends before its number')
  const large = Buffer.from([...head(2, 1), ...key(640, 480), ...Array.from({ length: 200 }, () => 0)])
  t.match(readCandidate(large, true, limits), { code: 'INVIGIL_ERR_FRAME_TOO_LARGE' })
})

t.test('base64 is accepted plain, as a data URL, with line breaks and in the URL alphabet, and is checked first', async t => {
  const plain = jpeg.toString('base64')
  for (const form of [
    plain,
    ` ${plain}\n`,
    `${plain.slice(0, 4)}\r\n${plain.slice(4)}`,
    jpeg.toString('base64url'),
    `data:image/jpeg;base64,${plain}`,
    `DATA:image/jpeg; BASE64,${plain}`
  ]) {
    t.same(readBase64(form), { type: 'frame', bytes: jpeg }, form)
  }
  for (const form of ['häh?', 'not base64!', 'data:image/jpeg,%zz', 'data:image/jpeg;base64']) {
    t.match(readBase64(form), { code: 'INVIGIL_ERR_FRAME_BASE64' }, form)
  }
  for (const form of ['', '  ', 'data:image/jpeg;base64,', '=']) t.match(readBase64(form), { type: 'error' }, form)
})

t.test('a candidate’s JSON becomes a message or a refusal', async t => {
  t.same(text({ type: 'frame', data: jpeg.toString('base64'), seq: 3, capturedAt: '2025-03-22T12:20:14.075Z' }), {
    type: 'frame',
    bytes: jpeg,
    seq: 3,
    capturedAtMs: 1742646014075
  })
  t.same(text({ type: 'event', event: 'paste', at: 5 }), {
    type: 'event',
    kind: 'paste',
    phase: 'instant',
    atMs: 5,
    detail: {}
  })
  t.same(
    text({ type: 'event', event: 'tab_switch', at: 'soon', phase: 'end', detail: { a: 1 } }),
    { type: 'event', kind: 'tab_switch', phase: 'end', detail: { a: 1 } },
    'an invalid time is ignored'
  )
  const after = newId()
  t.same(text({ type: 'resume', after }), { type: 'resume', after })
  t.same(text({ type: 'calibrate', corner: 'top-left', at: 5 }), { type: 'calibrate', corner: 'top-left', atMs: 5 })
  t.same(text({ type: 'calibrate', corner: 'done' }), { type: 'calibrate', corner: 'done' })
  t.match(text({ type: 'frame', data: 'A'.repeat(200).replace(/^..../, '/9j/'), seq: 8 }), {
    code: 'INVIGIL_ERR_FRAME_TOO_LARGE',
    seq: 8
  })
  t.match(
    text({
      type: 'event',
      event: 'paste',
      detail: {
        a: 'x'.repeat(190),
        b: 'x'.repeat(190),
        c: 'x'.repeat(190),
        d: 'x'.repeat(190),
        e: 'x'.repeat(190),
        f: 'x'.repeat(190)
      }
    }),
    { code: 'INVIGIL_ERR_MESSAGE_INVALID' }
  )
  for (const bad of [
    { type: 'event', event: 'paste', detail: { deep: {} } },
    { type: 'event', event: 'paste', at: -1 },
    { type: 'frame', data: 1 },
    { type: 'frame', data: 'AAAA', seq: 1.5 },
    { type: 'calibrate' },
    { type: 'calibrate', corner: 'middle' },
    '{',
    {}
  ]) {
    t.match(text(bad), { code: 'INVIGIL_ERR_MESSAGE_INVALID' }, JSON.stringify(bad))
  }
  for (const kind of ['face_missing', 'identity_mismatch', 'no_frames', '__proto__']) {
    t.match(text({ type: 'event', event: kind }), { code: 'INVIGIL_ERR_EVENT_UNKNOWN' }, kind)
  }
  for (const kind of PAGE_EVENT_KINDS) t.match(text({ type: 'event', event: kind }), { type: 'event', kind })
})

t.test('a long text is parsed only if it can be a frame: deep or crowded JSON is not parsed', async t => {
  const picture = Buffer.concat([jpeg, Buffer.alloc(80)])
    .toString('base64')
    .padEnd(1200, '\n')
  t.match(
    text(
      `{"type":"frame","seq":1,"capturedAt":"2025-03-22T12:20:14.075Z","data":"${picture.replaceAll('\n', '\\n')}"}`
    ),
    { type: 'frame', seq: 1 }
  )
  t.match(text({ type: 'resume', after: newId(), padding: 'x'.repeat(1000) }), { code: 'INVIGIL_ERR_MESSAGE_INVALID' })
  const long = {
    deep: `{"type":"frame","data":${'['.repeat(1000)}${']'.repeat(1000)}}`,
    nested: '{"a":'.repeat(1000),
    crowded: `{${Array.from({ length: 400 }, (_, key) => `"${key}":1`).join(',')}}`
  }
  const parsed = t.capture(JSON, 'parse', JSON.parse)
  for (const [name, message] of Object.entries(long)) {
    t.match(text(message), { code: 'INVIGIL_ERR_MESSAGE_INVALID' }, name)
  }
  t.equal(parsed().length, 0)
})

t.test('any bytes give a message or a refusal and never throw', async t => {
  let seed = 7
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed
  }
  const starts = [
    [],
    [0x49, 0x56],
    [0x49, 0x56, 1, 1],
    [0x49, 0x56, 1, 2, 2, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0x10, 0, 0],
    [0xff, 0xd8, 0xff],
    [...Buffer.from('{"type":"frame","data":"')],
    [...Buffer.from('data:')]
  ]
  for (let round = 0; round < 3000; round++) {
    const bytes = Buffer.from([
      ...starts[round % starts.length]!,
      ...Array.from({ length: random() % 40 }, () => random() % 256)
    ])
    const { type } = readCandidate(bytes, round % 2 === 0, limits)
    if (!['frame', 'chunk', 'event', 'resume', 'error'].includes(type)) t.fail(`${type} for ${bytes.toString('hex')}`)
    readMonitor(bytes.toString(), 1000)
  }
  t.pass()
})

t.test('only the documented messages of a monitor are accepted', async t => {
  const sessionId = newId()
  for (const message of [
    { type: 'subscribe', all: true },
    { type: 'subscribe', sessions: [sessionId], exams: [], after: sessionId },
    { type: 'unsubscribe', all: true },
    { type: 'terminate', sessionId },
    { type: 'flag', sessionId, eventId: sessionId, text: 'x' }
  ]) {
    t.same(readMonitor(JSON.stringify(message), 1000), message)
  }
  for (const message of [
    { type: 'warn', sessionId, text: '' },
    { type: 'warn', sessionId, text: 'x'.repeat(501) },
    { type: 'pause' },
    { type: 'pause', sessionId: 'x' },
    null,
    3
  ]) { t.equal(readMonitor(JSON.stringify(message), 1000), undefined) }
  t.equal(readMonitor(`{"type":"subscribe","all":true${' '.repeat(1000)}}`, 1000), undefined)
})

t.test('every close code has a text, and refusals are in the reader’s language', async t => {
  for (const code of Object.values(CLOSE)) {
    t.ok(CLOSE_REASONS[code].length > 0 && Buffer.byteLength(CLOSE_REASONS[code]) <= 123, String(code))
  }
  t.equal(refusalText(refusal('INVIGIL_ERR_SESSION_NONE'), 'en').message, refusal('INVIGIL_ERR_SESSION_NONE').message)
  t.match(refusalText(refusal('INVIGIL_ERR_SESSION_NONE', { message: 'more exact', seq: 4, ref: 'r' }), 'bn'), {
    message: /[\u0980-\u09ff]/,
    seq: 4,
    ref: 'r'
  })
})

t.test('staff see the reason of an event, a candidate sees only its name', async t => {
  t.match(logEntry(row(), 'en', 'staff'), {
    event: 'Phone detected',
    time: '1970-01-01T00:00:01.000Z',
    userId: 'u',
    weight: 4,
    detail: { score: 0.9 }
  })
  const line = logEntry(row({ phase: 'end', durationMs: 500 }), 'en', 'candidate')
  t.match(line, { event: 'Phone detected: over', durationMs: 500 })
  t.same(['userId', 'weight', 'detail'].filter(key => key in line), [])
})

t.test('the feed reaches its subscribers, and an error of one does not affect the others', async t => {
  const errors: unknown[] = []
  const bus = createBus(error => errors.push(error))
  const presence = (sessionId: string, examId: string | null): FeedMessage => ({
    kind: 'presence',
    sessionId,
    examId,
    online: true,
    atMs: 0
  })
  const received: string[] = []
  const audience = { all: false, sessions: new Set(['a']), exams: new Set(['x']) }
  bus.subscribe({ all: true, sessions: new Set(), exams: new Set() }, () => { throw new Error('a mistake') })
  const leave = bus.subscribe(audience, message => received.push(message.sessionId))
  for (const message of [presence('a', null), presence('b', 'x'), presence('c', 'y')]) bus.publish(message)
  t.same(received, ['a', 'b'])
  t.equal(errors.length, 3)
  t.ok(includes(audience, presence('a', 'y')) && bus.hasAudience(presence('c', null)))
  leave()
  bus.publish(presence('a', null))
  t.equal(received.length, 2)
})

t.test('a replay sends stored rows, then the buffered ones, each once', async t => {
  const rows = [row(), row(), row(), row()]
  const sent: string[] = []
  let overflows = 0
  const replay = new Replay({
    bufferMax: 3,
    onOverflow: () => {
      overflows++
    },
    show: (shownRows, stored, isReplay) =>
      sent.push(
        ...shownRows.map(shownRow => `${rows.indexOf(shownRow)}${isReplay ? ' replay' : ''}${stored ? '' : ' shown'}`)
      )
  })
  replay.live([rows[0]!], true)
  const pages = [[rows[1]!, rows[2]!], []]
  await replay.run({
    after: rows[0]!.id,
    first: async () => { replay.live([rows[2]!], true) },
    page: async () => {
      if (pages.length === 1) replay.live([rows[3]!], false)
      return pages.shift() ?? []
    }
  })
  replay.live([rows[3]!], true)
  t.same(sent, ['0', '1 replay', '2 replay', '3 shown', '3'])
  await replay.run({ first: async () => { for (let count = 0; count < 4; count++) replay.live([row()], true) } })
  t.equal(overflows, 1)
  await t.rejects(replay.run({ page: async () => { throw new Error('away') } }))
  replay.live([rows[0]!], true)
  t.equal(sent.at(-1), '0', 'a replay that failed holds nothing back')
})

t.test('scores count incidents, track open ones, and leave pauses out of the time', async t => {
  const tally = new SessionScores(
    { id: 's', startedAtMs: 0, pauses: [], rows: [row({ atMs: 1000, incident: 4 })] },
    DEFAULT_POLICY
  )
  t.equal(tally.incidents, 4)
  t.same(tally.open().map(open => open.incident), [4])
  t.match(tally.scores(2000), { riskScore: 4, riskLevel: 'Low', complianceScore: 50, eventCount: 1 })
  tally.add(row({ phase: 'end', atMs: 2000, incident: 4, weight: 0 }))
  tally.changeState('active', 'paused', 2000, 'u')
  tally.changeState('paused', 'active', 10_000, 'u')
  t.match(tally.pauses, [{ startedAtMs: 2000, endedAtMs: 10_000 }])
  t.match(tally.scores(12_000), { complianceScore: 75 })
  t.same(tally.counts, { phone: 1 })
  t.notOk(tally.hasOpen)
  tally.clear()
  t.match(tally.scores(12_000), { riskScore: 0, complianceScore: 100, eventCount: 0 })
  t.equal(tally.incidents, 4, 'no number is used twice')
})
