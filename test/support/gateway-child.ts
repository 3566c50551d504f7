/*
 * A server of its own on the database file named in the arguments, for a test that kills it. Says one JSON line: the
 * addresses, tokens included, of some candidates with open sessions.
 */
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { openDatabase } from '../../db/index.ts'
import app from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import { createLiveGateway } from '../../src/live/live-gateway.ts'
import { instanceOptions } from '../../src/http/fastify-options.ts'
import { person, scriptedPool } from './app.ts'
import { testMedia } from './memory-storage.ts'

const config = loadConfig({ JWT_SECRET: 'a secret for tests, long enough for the configuration', LOG_LEVEL: 'silent' })
const fastify = Fastify({ ...instanceOptions(config), logger: { level: config.logLevel } })
const db = await openDatabase({ url: process.argv[2]! })
const pool = scriptedPool()
// One event a commit: there are many, and the kill falls between two of them.
const live = createLiveGateway({ db, pool, log: fastify.log, writer: { groupRows: 1 } })
await fastify.register(app, { config, services: { db, pool, live, media: testMedia(db) }, webRoot: 'test/no-such-folder' })
await fastify.listen({ port: 0, host: '127.0.0.1' })
const { port } = fastify.server.address() as AddressInfo
const urls: string[] = []
for (let count = 0; count < 6; count++) {
  const who = await person(fastify)
  await live.start((await db.sessions.open({ userId: who.user.id, atMs: Date.now() })).session)
  urls.push(`ws://127.0.0.1:${port}/ws/${who.user.id}?token=${who.accessToken}`)
}
console.log(JSON.stringify(urls))
