import t from 'tap'
import { decide } from '../../../src/webhooks/schedule.ts'
import { isPublicAddress, resolveTarget } from '../../../src/webhooks/target.ts'

t.test('only public addresses get webhooks, however they are written', async t => {
  for (const address of [
    '127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0',
    '224.0.0.1', '255.255.255.255', '198.18.0.1', '203.0.113.5', '::1', '::', '::ffff:127.0.0.1', '::ffff:8.8.8.8',
    '64:ff9b::7f00:1', 'fe80::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1', '2002:7f00:1::1', 'nonsense'
  ]) t.equal(isPublicAddress(address), false, address)
  for (const address of ['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1']) {
    t.equal(isPublicAddress(address), true, address)
  }
  const answers = (...addresses: string[]) => async () =>
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
  for (const url of [
    'https://127.1/x', 'https://0x7f000001/', 'https://2130706433/', 'https://[::ffff:7f00:1]/', 'https://[::1]:8443/'
  ]) await t.rejects(resolveTarget(url, false), { message: /private/ }, url)
  for (const url of ['http://example.org/', 'ftp://example.org/', 'https://a:b@example.org/', 'nonsense', 'file:///etc']) {
    await t.rejects(resolveTarget(url, false, answers('8.8.8.8')), { message: /url/ }, url)
  }
  await t.rejects(resolveTarget('https://a.example/', false, answers('8.8.8.8', '10.0.0.1')), { message: /private/ })
  await t.rejects(resolveTarget('https://a.example/', false, answers()), { message: /dns/ })
  t.match(await resolveTarget('https://a.example/', false, answers('8.8.8.8')), { address: '8.8.8.8', family: 4 })
  t.match(await resolveTarget('http://a.example/', true, answers('127.0.0.1')), { address: '127.0.0.1' })
})

t.test('retries by the schedule; 410 and the last failure disable; Retry-After is honored', async t => {
  const at = 1_790_000_000_000
  const waits: number[] = []
  for (let attempts = 1; attempts <= 9; attempts++) {
    waits.push(decide(attempts, 500, undefined, at, () => 0).nextAtMs! - at)
  }
  t.same(waits, [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map(seconds => seconds * 1000))
  t.same(decide(10, null, undefined, at), { state: 'failed', nextAtMs: null, disables: 'failing' })
  t.same(decide(1, 410, undefined, at), { state: 'failed', nextAtMs: null, disables: 'gone' })
  t.match(decide(1, 302, undefined, at), { state: 'waiting' })
  t.match(decide(1, 204, undefined, at), { state: 'done', nextAtMs: null })
  t.equal(decide(1, 429, '90', at, () => 0).nextAtMs, at + 90_000)
  t.equal(decide(1, 503, new Date(at + 60_000).toUTCString(), at, () => 0).nextAtMs, at + 60_000)
  t.equal(decide(1, 429, '999999999', at, () => 0).nextAtMs, at + 86_400_000, 'a day at most')
  t.equal(decide(1, 500, undefined, at, () => 1).nextAtMs, at + 5500, 'with jitter')
})
