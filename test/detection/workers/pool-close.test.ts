import sharp from 'sharp'
import t from 'tap'
import { createPool } from '../../../detection/workers/pool.ts'

/** Regression: the process was aborted when a worker was terminated inside a model's run. */
t.test('a pool closed in the middle of real inference, or of loading, leaves the process alive', async t => {
  const picture = await sharp({
    create: {
      width: 640,
      height: 480,
      channels: 3,
      background: '#876',
      noise: { type: 'gaussian', mean: 128, sigma: 30 }
    }
  })
    .jpeg()
    .toBuffer()
  for (const waitMs of [undefined, 300]) {
    const pool = createPool({ modelsDir: 'models', workers: 1 })
    if (waitMs === undefined) await pool.ready
    else {
      pool.ready.catch(() => {})
      await new Promise(resolve => setTimeout(resolve, waitMs))
    }
    const jobs = Array.from(
      { length: 4 },
      async () =>
        await pool.analyzeStill(new Uint8Array(picture)).then(
          () => 'done',
          (error: { code: string }) => error.code
        )
    )
    await new Promise(resolve => setTimeout(resolve, 50))
    await pool.close()
    t.ok((await Promise.all(jobs)).every(outcome => outcome === 'done' || outcome === 'INVIGIL_ERR_WORKER_LOST'))
  }
})
