import type { FastifyInstance, InjectOptions } from 'fastify'
import t from 'tap'
import { DetectionError } from '../../../detection/errors.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import type { Observation } from '../../../detection/types.ts'
import { analysis, build, call, face, person } from '../../support/app.ts'
import { makeWav } from '../../support/make-sound.ts'

interface Answer {
  readonly code?: string
  readonly observation: { readonly faces: ReadonlyArray<{ box: number[], landmarks?: number[][] }> }
  readonly events: ReadonlyArray<{ readonly kind: string, readonly code: string, readonly event: string }>
  readonly riskScore: number
  readonly riskLevel: string
  readonly labels: readonly string[]
}

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...Array(32).fill(0)])
const box = { x: 0, y: 0, width: 200, height: 300 }

async function see (
  t: Parameters<typeof build>[0],
  about: Partial<Observation>
): Promise<{ app: FastifyInstance, request: (options?: InjectOptions) => ReturnType<typeof call<Answer>> }> {
  const app = await build(t, {
    pool: {
      analyzeStill: async (_bytes, options) =>
        analysis({
          faces: [face({ landmarks: new Float32Array(options?.landmarks === true ? [0.1, 0.2, 0.3] : []) })],
          ...about
        })
    }
  })
  const { headers } = await person(app)
  return {
    app,
    request: async (options = {}) =>
      await call<Answer>(app, 'POST', '/analyze', {
        payload: { image: JPEG.toString('base64') },
        ...options,
        headers: { ...headers, ...options.headers }
      })
  }
}

t.test('a picture without incidents returns its observation and no events', async t => {
  const { request } = await see(t, {})
  const { status, body } = await request()
  t.equal(status, 200)
  t.match(body, {
    observation: {
      width: 640,
      height: 480,
      faces: [{ box: [200, 120, 200, 240], score: 0.95, gaze: { direction: 'center' }, eyesClosed: false }],
      hands: [],
      objects: [],
      persons: 1,
      quality: { structure: 0.8, blocked: false }
    },
    riskScore: 0,
    riskLevel: 'Low'
  })
  t.same(body.events, [])
  t.same(body.labels, [])
  t.notOk('landmarks' in body.observation.faces[0]!)
  t.same(
    (await request({ payload: { image: JPEG.toString('base64'), landmarks: true } })).body.observation.faces[0]?.landmarks,
    [[0.1, 0.2, 0.3]]
  )
})

t.test('events of an analysis have the customary names, texts and risk', async t => {
  const cases: ReadonlyArray<[Partial<Observation>, string[], number]> = [
    [{ faces: [] }, ['NO_FACE'], 2],
    [{ faces: [face(), face()] }, ['MULTIPLE_FACES'], 4],
    [{ faces: [face({ yawDegrees: 50 })] }, ['LOOKING_AWAY'], 2],
    [{ objects: [{ label: 'cell phone', score: 0.8, box }] }, ['PHONE_DETECTED'], 4],
    [
      { faces: [], quality: { brightness: 0.01, contrast: 0.001, sharpness: 0, structure: 0.02, blocked: true } },
      ['NO_FACE', 'CAMERA_BLOCKED', 'TOO_DARK'],
      2
    ]
  ]
  for (const [about, codes, risk] of cases) {
    const { request } = await see(t, about)
    const { body } = await request()
    t.same([...body.labels].sort(), [...codes].sort(), codes.join())
    t.equal(body.riskScore, risk)
  }
  const { request } = await see(t, { faces: [], objects: [{ label: 'cell phone', score: 0.8, box }] })
  const { body } = await request({ headers: { 'accept-language': 'bn' } })
  t.match(body, {
    riskScore: 6,
    riskLevel: 'Medium',
    events: [{ kind: 'face_missing', event: 'মুখ শনাক্ত হয়নি' }, { kind: 'phone' }]
  })
})

t.test('a picture may be a file, base64 or a data URL', async t => {
  const { request } = await see(t, {})
  for (const name of ['file', 'image']) {
    const payload = Buffer.concat([
      Buffer.from(
        `--b\r\ncontent-disposition: form-data; name="${name}"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n`
      ),
      JPEG,
      Buffer.from('\r\n--b--\r\n')
    ])
    t.equal((await request({ payload, headers: { 'content-type': 'multipart/form-data; boundary=b' } })).status, 200, name)
  }
  t.equal((await request({ payload: { image: `data:image/jpeg;base64,${JPEG.toString('base64')}` } })).status, 200)
})

t.test('a missing, invalid or too large picture gets its error code with the name of the event', async t => {
  const app = await build(t, {
    env: { FRAME_BYTES_MAX: '2048' },
    pool: { analyzeStill: async () => { throw new DetectionError('INVIGIL_ERR_IMAGE_INVALID', 'truncated') } }
  })
  const { headers } = await person(app)
  const request = async (options: InjectOptions) =>
    await call<Answer>(app, 'POST', '/analyze', { ...options, headers: { ...headers, ...options.headers } })
  const file = (bytes: Buffer) => ({
    payload: Buffer.concat([
      Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'),
      bytes,
      Buffer.from('\r\n--b--\r\n')
    ]),
    headers: { 'content-type': 'multipart/form-data; boundary=b' }
  })
  t.match(await request({}), {
    status: 400,
    body: { code: 'INVIGIL_ERR_IMAGE_EMPTY', details: { event: 'NO_FRAME_RECEIVED' } }
  })
  t.match(await request({ payload: { image: '' } }), { status: 400, body: { code: 'INVIGIL_ERR_IMAGE_EMPTY' } })
  t.match(await request(file(Buffer.alloc(0))), { status: 400, body: { code: 'INVIGIL_ERR_IMAGE_EMPTY' } })
  t.match(await request({ payload: { image: 'not base64!' } }), {
    status: 400,
    body: { code: 'INVIGIL_ERR_FRAME_BASE64', details: { event: 'INVALID_IMAGE' } }
  })
  t.match(await request({ payload: { image: JPEG.toString('base64') } }), {
    status: 422,
    body: { code: 'INVIGIL_ERR_IMAGE_INVALID', details: { event: 'INVALID_IMAGE' } }
  })
  t.match(await request(file(Buffer.alloc(3000, 1))), { status: 413, body: { code: 'INVIGIL_ERR_TOO_LARGE' } })
  t.match(await request({ payload: { image: Buffer.concat([JPEG, Buffer.alloc(2100)]).toString('base64') } }), {
    status: 413,
    body: { code: 'INVIGIL_ERR_IMAGE_TOO_LARGE' }
  })
  t.match(await request({ payload: { image: 'A'.repeat(50_000) } }), {
    status: 413,
    body: { code: 'INVIGIL_ERR_TOO_LARGE' }
  })
  t.match(await request({ payload: 'x', headers: { 'content-type': 'text/plain' } }), {
    status: 415,
    body: { code: 'INVIGIL_ERR_MEDIA_TYPE' }
  })
  t.match(await request({ payload: '--b\r\nbroken', headers: { 'content-type': 'multipart/form-data; boundary=b' } }), {
    body: { code: /^INVIGIL_ERR_/ }
  })
})

t.test('a lost worker and a full queue get 503 without details', async t => {
  for (const code of ['INVIGIL_ERR_WORKER_LOST', 'INVIGIL_ERR_OVERLOADED'] as const) {
    const app = await build(t, {
      pool: {
        analyzeStill: async () => {
          throw new DetectionError(code, 'secret inner words')
        }
      }
    })
    const { headers } = await person(app)
    const { status, body } = await call(app, 'POST', '/analyze', {
      headers,
      payload: { image: JPEG.toString('base64') }
    })
    t.equal(status, 503)
    t.same(Object.keys(body), ['code', 'message'])
    t.equal(body['code'], code)
    t.notMatch(JSON.stringify(body), /secret/)
  }
})

t.test('sound may come alone or with a picture', async t => {
  const listen: Pool['listen'] = async ({ pcm, atMs }) => {
    const windows = pcm.length / 512
    return {
      observation: {
        atMs,
        durationMs: windows * 32,
        speech: new Float32Array(windows).fill(0.9),
        levelsDb: new Float32Array(windows).fill(-20),
        speechMax: 0.9,
        speechRatio: 1,
        levelDb: -20,
        peakDb: -6
      },
      state: null,
      workerMs: 1
    }
  }
  const app = await build(t, { pool: { listen } })
  const { headers } = await person(app)
  const request = async (payload: object | Buffer, about: Record<string, string> = {}) =>
    await call<Answer>(app, 'POST', '/analyze', { payload, headers: { ...headers, ...about } })
  const wav = makeWav([new Float32Array(16_000).fill(0.1)])
  const sound = {
    durationMs: 1000,
    speech: { ratio: 1, segments: [{ startMs: 0, endMs: 1000 }] },
    levelDb: -20,
    peakDb: -6,
    noiseFloorDb: -20
  }
  t.same((await request({ sound: wav.toString('base64') })).body, {
    sound,
    events: [],
    riskScore: 0,
    riskLevel: 'Low',
    labels: []
  })
  t.match((await request({ sound: wav.toString('base64'), image: JPEG.toString('base64') })).body, {
    sound,
    observation: { persons: 1 }
  })
  const part = (name: string, bytes: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`--b\r\ncontent-disposition: form-data; name="${name}"; filename="a"\r\n\r\n`),
      bytes,
      Buffer.from('\r\n')
    ])
  const form = Buffer.concat([part('sound', wav), part('image', JPEG), Buffer.from('--b--\r\n')])
  t.match((await request(form, { 'content-type': 'multipart/form-data; boundary=b' })).body, {
    sound,
    observation: { persons: 1 }
  })
  t.match(await request({ sound: JPEG.toString('base64') }), {
    status: 415,
    body: { code: 'INVIGIL_ERR_MEDIA_UNSUPPORTED' }
  })
  t.match(await request({ sound: 'häh?' }), { status: 400, body: { code: 'INVIGIL_ERR_FRAME_BASE64' } })
  t.match(await request({ sound: makeWav([new Float32Array(61 * 8000)], { rate: 8000, bits: 8 }).toString('base64') }), {
    status: 413,
    body: { code: 'INVIGIL_ERR_MEDIA_TOO_LONG' }
  })
})
