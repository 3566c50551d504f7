import t from 'tap'
import { joined } from '../../../detection/audio/concat.ts'

t.test('parts are joined in their order', async t => {
  t.same(joined([Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)]), Float32Array.of(1, 2, 3))
  t.same(joined([]), new Float32Array(0))
})
