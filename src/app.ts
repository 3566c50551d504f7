import analyses from './analysis/plugin.ts'
import cookie from '@fastify/cookie'
import fp from 'fastify-plugin'
import type { Config } from './config.ts'
import { createDatabaseCheck, type DatabaseCheck } from './database-health.ts'
import gateway from './sockets/plugin.ts'
import access from './plugins/access.ts'
import addresses from './plugins/addresses.ts'
import admission from './plugins/admission.ts'
import auth from './plugins/auth.ts'
import bodies from './plugins/bodies.ts'
import docs from './plugins/docs.ts'
import faces from './faces/plugin.ts'
import headers from './plugins/headers.ts'
import inFlight from './plugins/in-flight.ts'
import lanes from './plugins/lanes.ts'
import limits from './plugins/limits.ts'
import logins from './plugins/logins.ts'
import media from './plugins/media.ts'
import passwordTurns from './plugins/password-turns.ts'
import refusals from './plugins/error-handler.ts'
import examAttempts from './exams/plugin.ts'
import storedTexts from './plugins/stored-texts.ts'
import web from './plugins/web.ts'
import reports from './reports/plugin.ts'
import retention from './retention/plugin.ts'
import webhooks from './webhooks/plugin.ts'
import { VERSION, WEB_ROOT } from './package-info.ts'
import admin from './routes/admin/index.ts'
import analyze from './routes/analyze/index.ts'
import attempts from './routes/attempts/index.ts'
import faceRoutes from './routes/auth/face.ts'
import authRoutes from './routes/auth/index.ts'
import ownLogins from './routes/auth/logins.ts'
import events from './routes/events/index.ts'
import exam from './routes/exam/index.ts'
import exams from './routes/exams/index.ts'
import health from './routes/health/index.ts'
import installation from './routes/installation/index.ts'
import invitations from './routes/invitations/index.ts'
import metrics from './routes/metrics/index.ts'
import conversation from './routes/sessions/conversation.ts'
import policy from './routes/policy/index.ts'
import appeals from './routes/reviews/appeals.ts'
import dismissals from './routes/reviews/dismissals.ts'
import reviews from './routes/reviews/index.ts'
import report from './routes/sessions/report.ts'
import evidence from './routes/evidence/index.ts'
import recordingUpload from './routes/recordings/upload.ts'
import recordings from './routes/recordings/index.ts'
import storyboards from './routes/storyboards/index.ts'
import signedReports from './routes/reports/index.ts'
import reportKeys from './routes/reports/keys.ts'
import recordingAnalyses from './routes/recordings/analyses.ts'
import sessions from './routes/sessions/index.ts'
import userCare from './routes/users/care.ts'
import userExport from './routes/users/export.ts'
import userFaces from './routes/users/face.ts'
import users from './routes/users/index.ts'
import webhookRoutes from './routes/webhooks/index.ts'
import type { Services } from './services.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly config: Config
    readonly services: Services
    readonly checkDatabase: DatabaseCheck
  }
}

export interface AppOptions {
  readonly config: Config
  readonly services: Services
  /** Folder of the built pages. */
  readonly webRoot?: string
}

/** The application: everything between a request and the services. Importing it does nothing. */
export default fp<AppOptions>(
  async function app (fastify, { config, services, webRoot = WEB_ROOT }) {
    const {
      db,
      live: { cluster }
    } = services
    fastify.decorate('config', config)
    fastify.decorate('services', services)
    fastify.decorate(
      'checkDatabase',
      createDatabaseCheck(db, error => fastify.log.warn({ err: error }, 'database did not respond'))
    )

    // Of a request's address only the path: a socket's query may hold its token.
    fastify.addHook('onResponse', async (request, reply) => {
      request.log.debug(
        {
          method: request.method,
          path: request.url.split('?', 1)[0],
          status: reply.statusCode,
          ms: Math.round(reply.elapsedTime)
        },
        'request'
      )
    })

    await fastify.register(refusals, { requestsPerMinuteMax: config.requestsPerMinuteMax })
    await fastify.register(headers, { corsOrigins: config.corsOrigins })
    await fastify.register(cookie)
    await fastify.register(addresses)
    await fastify.register(lanes)
    await fastify.register(auth, { db, secret: config.jwtSecret, accessTokenSeconds: config.accessTokenSeconds })
    await fastify.register(inFlight, { counters: services.live.counters })
    await fastify.register(access, { db })
    await fastify.register(limits, { requestsPerMinuteMax: config.requestsPerMinuteMax, cluster })
    await fastify.register(bodies, { frameBytesMax: config.frameBytesMax })
    await fastify.register(storedTexts)
    await fastify.register(passwordTurns)
    await fastify.register(logins, { db, config, cluster })
    await fastify.register(faces, { db, config })
    await fastify.register(admission, { pool: services.pool, loadMax: config.admitLoadMax })
    await fastify.register(examAttempts, { db, live: services.live, abandonedAfterMs: config.sessionAbandonedMs })
    await fastify.register(media, { db, media: services.media, now: services.live.now })
    await fastify.register(reports, { db, media: services.media, config, now: services.live.now })
    await fastify.register(analyses, {
      db,
      pool: services.pool,
      vault: services.media.vault,
      dataDir: config.dataDir,
      enrolledFace: async userId => await fastify.faces.enrolled(userId)
    })
    await fastify.register(webhooks, { db, config, now: services.live.now })
    await fastify.register(retention, {
      db, vault: services.media.vault, defaults: config.retention, now: services.live.now
    })
    await fastify.register(docs, { version: VERSION })

    await fastify.register(gateway, { live: services.live })
    await fastify.register(authRoutes, { prefix: '/api/v1/auth' })
    await fastify.register(faceRoutes, { prefix: '/api/v1/auth' })
    await fastify.register(ownLogins, { prefix: '/api/v1/auth' })
    await fastify.register(exam, { prefix: '/api/v1/exam' })
    await fastify.register(exams, { prefix: '/api/v1/exams' })
    await fastify.register(attempts, { prefix: '/api/v1/attempts' })
    await fastify.register(sessions, { prefix: '/api/v1/sessions' })
    await fastify.register(conversation, { prefix: '/api/v1' })
    await fastify.register(recordingUpload, { prefix: '/api/v1/sessions' })
    await fastify.register(report, { prefix: '/api/v1/sessions' })
    await fastify.register(signedReports, { prefix: '/api/v1/sessions' })
    await fastify.register(reportKeys)
    await fastify.register(reviews, { prefix: '/api/v1/reviews' })
    await fastify.register(appeals, { prefix: '/api/v1/reviews' })
    await fastify.register(dismissals, { prefix: '/api/v1/exams' })
    await fastify.register(evidence, { prefix: '/api/v1' })
    await fastify.register(storyboards, { prefix: '/api/v1' })
    await fastify.register(recordings, { prefix: '/api/v1/recordings' })
    await fastify.register(recordingAnalyses, { prefix: '/api/v1/recordings' })
    await fastify.register(events, { prefix: '/api/v1/events' })
    await fastify.register(analyze, { prefix: '/api/v1' })
    await fastify.register(users, { prefix: '/api/v1/users' })
    await fastify.register(userCare, { prefix: '/api/v1/users' })
    await fastify.register(userExport, { prefix: '/api/v1/users' })
    await fastify.register(userFaces, { prefix: '/api/v1/users' })
    await fastify.register(invitations, { prefix: '/api/v1/invitations' })
    await fastify.register(webhookRoutes, { prefix: '/api/v1/webhooks' })
    await fastify.register(installation, { prefix: '/api/v1' })
    await fastify.register(policy, { prefix: '/api/v1/policy' })
    await fastify.register(admin, { prefix: '/api/v1/admin' })
    await fastify.register(health, { prefix: '/api/v1/health', version: VERSION })
    await fastify.register(metrics, { prefix: '/api/v1/metrics', version: VERSION })
    // Load balancers and Prometheus look at the root.
    await fastify.register(health, { prefix: '/health', version: VERSION, hide: true })
    await fastify.register(metrics, { prefix: '/metrics', version: VERSION, hide: true })
    await fastify.register(web, { root: webRoot })
  }, { name: 'app' })
