import t, { type Test } from 'tap'
import { newId } from '../../../db/index.ts'
import { localCluster, type Cluster, type Handlers } from '../../../src/cluster/cluster.ts'
import { createPeers, type PeerMessage } from '../../../src/cluster/peers.ts'
import { redisCluster } from '../../../src/cluster/redis-cluster.ts'
import type { Audience, FeedMessage } from '../../../src/feed/bus.ts'
import { createJudgeState } from '../../../detection/events/judge.ts'
import { readSnapshot, writeSnapshot } from '../../../src/live/session/judge-snapshot.ts'
import { redisMissing, startRedis } from '../../support/redis.ts'
import { until } from '../../support/until.ts'
import { createClusterCounters } from '../../../src/counters.ts'

const everything: Audience = { all: true, sessions: new Set(), exams: new Set() }
const one = (sessionId: string): Audience => ({ all: false, sessions: new Set([sessionId]), exams: new Set() })
const presence = (sessionId: string, atMs = 0): FeedMessage => ({
  kind: 'presence',
  sessionId,
  examId: null,
  online: true,
  atMs
})
const thumbnail = (sessionId: string, jpegBase64: string): FeedMessage => ({
  kind: 'thumbnail',
  sessionId,
  examId: null,
  atMs: 0,
  jpegBase64
})

interface Received {
  readonly messages: FeedMessage[]
  readonly gaps: number[]
  readonly lostPeers: string[]
  readonly snapshotRequests: string[]
}

/** Handlers that record their calls, for a gateway that subscribes to `audiences`. */
function handlersOf (
  audiences: readonly Audience[] = [],
  execute: Handlers['execute'] = async () => null
): Handlers & { readonly received: Received } {
  const received: Received = { messages: [], gaps: [], lostPeers: [], snapshotRequests: [] }
  return {
    received,
    onMessage: message => { received.messages.push(message) },
    onGap: sinceMs => { received.gaps.push(sinceMs) },
    sendSnapshots: gatewayId => { received.snapshotRequests.push(gatewayId) },
    onPeerLost: gatewayId => { received.lostPeers.push(gatewayId) },
    onReconnected () {},
    onAccountChanged () {},
    audiences: () => audiences,
    execute
  }
}

/** Two gateways' views of each other; the test delivers their messages. */
function pair (t: Test, wants: readonly Audience[], secrets = ['s', 's']) {
  const clock = { ms: 1_000_000 }
  const line = { isUp: true, bytes: 0 }
  const warnings: string[] = []
  const handlers = [handlersOf(), handlersOf(wants)] as const
  const counters = createClusterCounters()
  const make = (index: 0 | 1) => createPeers({
    id: index === 0 ? 'a' : 'b',
    secrets: secrets[index]!,
    counters,
    handlers: handlers[index],
    send: (to, message) => {
      if (!line.isUp) return false
      queue.push({ to: index === 0 ? 1 : 0, message })
      return true
    },
    waitingBytes: () => line.bytes,
    warn: text => { warnings.push(text) },
    now: () => clock.ms,
    // The clocks of two machines are unrelated.
    monotonic: () => clock.ms + index * 5_000_000
  })
  const queue: Array<{ readonly to: 0 | 1, readonly message: PeerMessage }> = []
  const peers = [make(0), make(1)] as const
  /** Delivers the messages on their way; `lose` drops them. */
  const deliver = (lose: (message: PeerMessage) => boolean = () => false): void => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (!lose(next.message)) peers[next.to].onMessage(next.message)
    }
  }
  peers[1].sendHeartbeat()
  deliver()
  return { clock, line, warnings, peers, deliver, counters, a: handlers[0].received, b: handlers[1].received }
}

t.test('messages without a subscriber are not sent', async t => {
  const { peers: [a], deliver, b, counters } = pair(t, [one('s1')])
  t.ok(a.hasAudience({ sessionId: 's1', examId: null }))
  t.notOk(a.hasAudience({ sessionId: 's2', examId: null }))
  a.publish(presence('s1'))
  a.publish(presence('s2'))
  deliver()
  t.same(b.messages, [presence('s1')])
  t.match(counters, { sent: { presence: 1 }, heard: { presence: 1 }, unsent: { presence: 0 } })
})

t.test('a lost message is noticed with the next message, and with the next heartbeat', async t => {
  const { peers: [a], deliver, b, clock, counters } = pair(t, [everything])
  a.publish(presence('s1'))
  deliver()
  clock.ms += 1000
  a.publish(presence('s2'))
  deliver(() => true)
  a.publish(presence('s3'))
  deliver()
  t.same(b.gaps, [1_000_000], 'since the last moment at which nothing was missing')
  clock.ms += 1000
  a.publish(presence('s4'))
  deliver(() => true)
  a.sendHeartbeat()
  deliver()
  t.same(b.gaps, [1_000_000, 1_001_000])
  a.sendHeartbeat()
  a.publish(presence('s5'))
  deliver()
  t.equal(b.gaps.length, 2, 'once')
  t.equal(counters.links.gaps, 2)
})

t.test(
  'when Redis is slow droppable messages are left out first, and other losses show as a gap in the numbers',
  async t => {
    const {
      peers: [a],
      deliver,
      b,
      line,
      counters
    } = pair(t, [everything])
    line.bytes = 2 * 1024 * 1024
    a.publish(thumbnail('s1', '/9j/'))
    a.publish(presence('s1'))
    deliver()
    t.same(b.messages, [presence('s1')])
    line.bytes = 9 * 1024 * 1024
    a.publish(presence('s2'))
    line.bytes = 0
    a.publish(presence('s3'))
    deliver()
    t.same(b.messages, [presence('s1'), presence('s3')])
    t.equal(b.gaps.length, 1)
    t.match(counters.unsent, { thumbnail: 1, presence: 1 })
  }
)

t.test('a silent peer is removed, unless no message could arrive', async t => {
  const { peers: [a, b], deliver, clock, a: received } = pair(t, [everything])
  clock.ms += 9_000
  a.resetDeadlines()
  a.expire()
  t.same([received.lostPeers, a.ids], [[], ['b']])
  clock.ms += 9_000
  a.expire()
  t.same([received.lostPeers, a.ids], [['b'], []])
  t.notOk(a.hasAudience({ sessionId: 's1', examId: null }))
  b.sendHeartbeat()
  deliver()
  t.same(a.ids, ['b'], 'until its next heartbeat')
  a.onMessage({ from: 'b', kind: 'bye' })
  t.same(received.lostPeers, ['b', 'b'])
})

t.test('a message read too late is recognized as late, whatever the clocks of the machines show', async t => {
  const { peers: [a], deliver, clock, peers: [, b] } = pair(t, [everything])
  const sentMs = (): number => clock.ms + 5_000_000
  t.notOk(a.isLate('b', sentMs(), 2000))
  const sent = sentMs()
  clock.ms += 1_900
  t.notOk(a.isLate('b', sent, 2000))
  clock.ms += 28_000
  t.ok(a.isLate('b', sent, 2000))
  // Heartbeats that also waited unread do not tell the difference of the clocks.
  b.sendHeartbeat()
  clock.ms += 5_000
  deliver()
  t.ok(a.isLate('b', sentMs() - 4_000, 2000))
  t.notOk(a.isLate('b', sentMs() - 1_500, 2000))
  t.notOk(a.isLate('unknown gateway', 0, 2000))
})

t.test('different secrets are logged once', async t => {
  const { peers: [, b], warnings, deliver } = pair(t, [], ['s', 'another'])
  b.sendHeartbeat()
  deliver()
  t.equal(warnings.filter(text => text.includes('JWT_SECRET')).length, 2, 'by each of the two')
})

t.test('a gateway with too many subscriptions receives everything', async t => {
  const many: Audience = {
    all: false,
    sessions: new Set(Array.from({ length: 2_001 }, (_, index) => `s${index}`)),
    exams: new Set()
  }
  const {
    peers: [a]
  } = pair(t, [many])
  t.ok(a.hasAudience({ sessionId: 'another', examId: null }))
})

t.test('a snapshot is read only by the version that wrote it', async t => {
  const state = { ...createJudgeState(3), open: { camera_off: { incident: 3, sinceMs: 7 } } }
  const written = writeSnapshot(state, 7)
  t.same(readSnapshot(JSON.parse(JSON.stringify(written)) as typeof written), state)
  t.equal(readSnapshot({ ...written, version: '0.0.0' }), undefined)
  t.equal(readSnapshot({ ...written, memory: 'AAAA' }), undefined)
})

t.test('a gateway alone finds every session free', async t => {
  const cluster = localCluster()
  t.same(await cluster.leases.find('s1'), { is: 'free' })
  t.equal(await cluster.once.put('nonce', 'value', 1000), false)
  t.notOk(cluster.hasAudience({ sessionId: 's1', examId: null }))
  const attempts = cluster.attempts('login', 1000)
  t.same(
    [await attempts.tryAcquire([{ key: 'k', max: 1 }], 0), await attempts.tryAcquire([{ key: 'k', max: 1 }], 100)],
    [0, 900]
  )
})

t.test('on a Redis', { skip: redisMissing(), timeout: 120_000 }, async t => {
  const redis = await startRedis()
  t.teardown(() => redis.stop())
  const open: Cluster[] = []
  const warnings: string[] = []
  const log = {
    info () {},
    warn: (text: unknown) => {
      warnings.push(String(text))
    },
    error () {}
  } as unknown as Parameters<typeof redisCluster>[0]['log']
  async function join (t: Test, handlers: Handlers = handlersOf(), installation = 'i'): Promise<Cluster> {
    const cluster = redisCluster({ url: redis.url, installation, secrets: ['s'], log, heartbeatMs: 100, answerMs: 500 })
    open.push(cluster)
    t.teardown(() => cluster.close())
    cluster.serve(handlers)
    await until(() => cluster.isUp)
    return cluster
  }

  await t.test('the gateway with the highest epoch is asked for a session', async t => {
    const [a, b] = [await join(t), await join(t)]
    const sessionId = newId()
    t.same(await b.leases.find(sessionId), { is: 'free' })
    await a.leases.acquire({ sessionId, epoch: 4 })
    t.same(await a.leases.find(sessionId), { is: 'free' }, 'one\'s own')
    t.same(await b.leases.find(sessionId), { is: 'other', gatewayId: a.id, epoch: 4 })
    t.same(await a.leases.renew([{ sessionId, epoch: 4 }]), [])
    await b.leases.acquire({ sessionId, epoch: 5 })
    t.same(await a.leases.find(sessionId), { is: 'other', gatewayId: b.id, epoch: 5 })
    t.same(await a.leases.renew([{ sessionId, epoch: 4 }]), [{ sessionId, epoch: 4 }], 'what was taken is lost')
    await a.leases.acquire({ sessionId, epoch: 4 })
    t.same(await b.leases.find(sessionId), { is: 'free' }, 'and cannot be claimed again under the old number')
    await a.leases.release([sessionId])
    t.same(
      await a.leases.find(sessionId),
      { is: 'other', gatewayId: b.id, epoch: 5 },
      'a gateway releases only its own lease'
    )
    await b.leases.release([sessionId])
    t.same(await a.leases.find(sessionId), { is: 'free' })
    const many = Array.from({ length: 1_201 }, () => ({ sessionId: newId(), epoch: 1 }))
    t.same(await a.leases.renew(many), [])
    t.same((await b.leases.renew(many.map(({ sessionId }) => ({ sessionId, epoch: 0 })))).length, 1_201)
  })

  await t.test('requests get a response, fail, time out, or find no gateway', async t => {
    const a = await join(t)
    let delay: Promise<void> = Promise.resolve()
    const b = await join(t, handlersOf([], async command => {
      await delay
      if (command.kind === 'clear') throw new Error('cannot')
      return { value: command.sessionId }
    }))
    t.same(await a.request(b.id, { kind: 'summary', sessionId: 's1' }, 1), { is: 'answer', value: { value: 's1' } })
    await t.rejects(a.request(b.id, { kind: 'clear', sessionId: 's1' }, 1), /failed: cannot/)
    t.same(await a.request(newId(), { kind: 'summary', sessionId: 's1' }, 1), { is: 'nobody' })
    delay = new Promise(resolve => setTimeout(resolve, 700))
    t.same(await a.request(b.id, { kind: 'summary', sessionId: 's1' }, 1), { is: 'late' })
    t.match(a.counters.commands, { sent: 4, unanswered: 1 })
  })

  await t.test('two installations on one Redis are separate', async t => {
    const [hereHandlers, otherHandlers] = [handlersOf([everything]), handlersOf([everything])]
    const [here, other] = [await join(t, hereHandlers, 'one'), await join(t, otherHandlers, 'two')]
    const sessionId = newId()
    await here.leases.acquire({ sessionId, epoch: 1 })
    t.same(await other.leases.find(sessionId), { is: 'free' })
    t.notOk(other.hasAudience({ sessionId, examId: null }))
    await here.once.put('nonce', 'value', 1000)
    t.equal(await other.once.take('nonce'), undefined)
  })

  await t.test(
    'attempts, requests and challenges are counted together; without Redis each gateway counts its own',
    async t => {
      const [a, b] = [await join(t), await join(t)]
      const [here, there] = [a.attempts('login', 60_000), b.attempts('login', 60_000)]
      const acquire = async (attempts: typeof here): Promise<boolean> =>
        (await attempts.tryAcquire(
          [
            { key: 'k', max: 3 },
            { key: 'all', max: Infinity }
          ],
          Date.now()
        )) === 0
      t.same(
        [await acquire(here), await acquire(there), await acquire(here), await acquire(there)],
        [true, true, true, false]
      )
      t.same([await here.count('k', 0), await there.count('all', 0)], [3, 3])
      await there.release(['k', 'never seen'])
      t.same([await acquire(here), await acquire(here)], [true, false])

      const [requests, others] = [a.windows('GET /x'), b.windows('GET /x')]
      await requests.add('k', 60_000)
      t.match(await others.add('k', 60_000), { count: 2 })
      t.match(await b.windows('GET /y').add('k', 60_000), { count: 1 })

      t.equal(await a.once.put('nonce', 'value', 60_000), true)
      t.equal(await b.once.peek('nonce'), 'value', 'read and left')
      t.same(
        await Promise.all([b.once.take('nonce'), a.once.take('nonce')]).then(values =>
          values.filter(value => value !== undefined)
        ),
        ['value']
      )

      await redis.kill()
      await until(() => !a.isUp && !b.isUp)
      t.same(
        [await acquire(here), await acquire(there), await acquire(there)],
        [false, true, true],
        'what was counted here still counts'
      )
      t.match(await requests.add('k', 60_000), { count: 1 })
      t.equal(await a.once.put('nonce', 'value', 60_000), false)
      t.same(await a.leases.find('s1'), { is: 'away' })
      await redis.restart()
      await until(() => a.isUp && b.isUp)
    }
  )

  await t.test('a Redis that stops responding counts as down within seconds, and as up when it responds again', async t => {
    const handlers = handlersOf([everything])
    const [a, b] = [await join(t), await join(t, handlers)]
    await until(() => a.hasAudience({ sessionId: 's1', examId: null }))
    const before = warnings.length
    redis.freeze()
    t.teardown(() => redis.resume())
    await until(() => !a.isUp && !b.isUp)
    a.publish(presence('s1'))
    t.equal(a.counters.unsent.presence, 1)
    t.same(await a.leases.find('s1'), { is: 'away' })
    redis.resume()
    await until(() => a.isUp && b.isUp)
    t.ok(handlers.received.gaps.length > 0, 'something may have been missed')
    a.publish(presence('s2'))
    await until(() => handlers.received.messages.some(message => message.sessionId === 's2'))
    t.equal(warnings.length - before, 2, 'one warning each')
  })
})
