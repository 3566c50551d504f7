import fp from 'fastify-plugin'
import type { Config } from './config.ts'
import type { Services } from './services.ts'
import access from './plugins/access.ts'
import auth from './plugins/auth.ts'
import refusals from './plugins/refusals.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly config: Config
    readonly services: Services
  }
}

export interface AppOptions {
  readonly config: Config
  readonly services: Services
}

/** The application: everything between a request and the services. Importing it does nothing. */
export default fp<AppOptions>(async function app (fastify, { config, services }) {
  fastify.decorate('config', config)
  fastify.decorate('services', services)

  await fastify.register(refusals)
  await fastify.register(auth, { db: services.db, secret: config.jwtSecret, accessTokenSeconds: config.accessTokenSeconds })
  await fastify.register(access, { db: services.db })
}, { name: 'app' })
