import t from 'tap'
import { readVp8 } from '../../../detection/video/vp8.ts'

/** A frame tag for a first partition of that many bytes: key or not, shown or not. */
const tag = (partition: number, { key = true, shown = true } = {}): number[] => {
  const bits = (key ? 0 : 1) | (shown ? 1 : 0) << 4 | partition << 5
  return [bits & 0xff, bits >> 8 & 0xff, bits >> 16]
}
const START = [0x9d, 0x01, 0x2a]
/** 640×480, with a wish to be enlarged in the upper bits. */
const SIZE = [0x80, 0x42, 0xe0, 0x41]

t.test('a key frame tells its size, whatever it wishes to be enlarged to', async t => {
  t.same(readVp8(Uint8Array.from([...tag(2), ...START, ...SIZE, 7, 7])), {
    isKey: true,
    isShown: true,
    size: { width: 640, height: 480 }
  })
})

t.test('a frame between has no size; a hidden one is known', async t => {
  t.same(readVp8(Uint8Array.from([...tag(3, { key: false }), 1, 2, 3])), { isKey: false, isShown: true })
  t.same(readVp8(Uint8Array.from([...tag(1, { key: false, shown: false }), 1])), { isKey: false, isShown: false })
})

t.test('data that is not VP8, or incomplete, is not read', async t => {
  t.equal(readVp8(new Uint8Array(0)), undefined, 'nothing')
  t.equal(readVp8(Uint8Array.from([...tag(2), 0, 0, 0x2a, ...SIZE, 7, 7])), undefined, 'another start code')
  t.equal(readVp8(Uint8Array.from([...tag(3), ...START, ...SIZE, 7, 7])), undefined, 'the first partition is cut')
  t.equal(readVp8(Uint8Array.from([...tag(3, { key: false }), 1, 2])), undefined, 'so is that of a frame between')
  t.equal(readVp8(Uint8Array.from([...tag(0), ...START, 0, 0x40, 0xe0, 0x01, 7])), undefined, 'no width')
  t.equal(readVp8(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0])), undefined, 'a JPEG')
})
