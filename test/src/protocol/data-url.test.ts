import t from 'tap'
import { bytesOfText } from '../../../src/protocol/data-url.ts'

const BYTES = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x2c, 0x25, 0x20, 0x00])
const BASE64 = BYTES.toString('base64')
const ESCAPED = [...BYTES].map(byte => `%${byte.toString(16).padStart(2, '0')}`).join('')

t.test('bytes are read from base64 and from data URLs of every form', async t => {
  for (const text of [
    BASE64,
    BASE64.replace('=', ''),
    BYTES.toString('base64url'),
    ` ${BASE64}\r\n`,
    `${BASE64.slice(0, 4)}\r\n${BASE64.slice(4)}`,
    `data:image/jpeg;base64,${BASE64}`,
    `DATA:image/jpeg;base64,${BASE64}`,
    `Data:IMAGE/JPEG;BASE64,${BASE64}`,
    `data:;base64,${BASE64}`,
    `data:image/jpeg; base64,${BASE64}`,
    `data:image/jpeg ;base64 ,${BASE64}`,
    `data:image/jpeg;name=a.jpg;base64,${BASE64}`,
    `data:image/jpeg;name="a, b.jpg";base64,${BASE64}`,
    `data:image/jpeg;charset=utf-8;base64, ${BASE64}`,
    `data:image/jpeg;base64,${encodeURIComponent(BASE64)}`,
    `data:image/jpeg,${ESCAPED}`,
    `data:,${ESCAPED.toUpperCase()}`
  ]) { t.same(bytesOfText(text), BYTES, text) }
  t.same(bytesOfText('data:text/plain,a%20b+c,d'), Buffer.from('a b+c,d'), 'a plus sign stays one')
  t.same(bytesOfText('data:image/jpeg;base64,'), Buffer.alloc(0))
})

t.test('other texts are refused at once', async t => {
  for (const text of [
    'data:image/jpeg;base64',
    `data:image/jpeg;base64,${BASE64}!`,
    'data:image/jpeg,%f',
    'data:image/jpeg,%gg',
    'data:image/jpeg,é€',
    'https://example.org/a.jpg',
    `${'A'.repeat(1_000_000)}!`,
    `${' '.repeat(1_000_000)}A${' '.repeat(1_000_000)}!`,
    `data:${'; '.repeat(1_000_000)}`,
    `data:${';base64'.repeat(300_000)} ,!`
  ]) {
    const beganMs = performance.now()
    t.equal(bytesOfText(text), undefined, text.slice(0, 40))
    t.ok(performance.now() - beganMs < 1000)
  }
})
