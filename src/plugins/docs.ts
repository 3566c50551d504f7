import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import type { FastifySchema } from 'fastify'
import { defined } from '../../lib/defined.ts'
import type { FormFiles } from '../bodies/form.ts'
import { STATUS } from '../errors.ts'
import { publicRoutes } from './access.ts'
import { cachedResponse, sendCached, type CachedResponse } from './cached-response.ts'
import { operationIdOf } from './operation-ids.ts'
import { refusals } from './error-responses.ts'

const DESCRIPTION = `Invigil watches exams: frames in, explained events out. It reports; people judge.

Log in with \`POST /api/v1/auth/login/password\` and send the access token as \`Authorization: Bearer\`. Every refusal is
\`{code, message, details?}\`; the code stays the same, the message is in the language of the
account, else of \`Accept-Language\` (en, bn).
A text with U+0000 or half of a surrogate pair is refused with 400 and the name of the field; only the \`value\` of an
answer keeps every character.
Times are milliseconds since the epoch unless they are ISO 8601 texts. Frames go over the WebSocket \`/ws/:userId\`; the
protocol is in docs/protocol.md.`

const TAGS = [
  { name: 'auth', description: 'Accounts, logins and tokens' },
  { name: 'exam', description: "The life of a candidate's exam session" },
  { name: 'exams', description: 'Exams, their questions, policies and candidates; for staff' },
  { name: 'taking', description: 'Taking an exam: check, start, answers, submission, result' },
  { name: 'sessions', description: 'Sessions and their events' },
  { name: 'recordings', description: 'What was recorded of candidates: lists, links that play, deletion' },
  { name: 'conversation', description: 'Words between candidates and staff, requests, and what staff say of incidents' },
  { name: 'evidence', description: 'Pictures, clips and sound of incidents, where the policy keeps them' },
  { name: 'reviews', description: 'After an exam: people judge what was noted, decide, and answer appeals' },
  { name: 'report', description: 'What candidates read of the review of their own session, comments and appeals' },
  { name: 'events', description: 'Events that pages, people and other systems report' },
  { name: 'analysis', description: 'One picture, analyzed by every detector' },
  { name: 'users', description: 'Accounts, for those who manage them' },
  { name: 'admin', description: 'Candidates, statistics, the audit log, exports' },
  { name: 'retention', description: 'For how long things are kept, and legal holds' },
  { name: 'webhooks', description: 'Endpoints that are told of what happens, and deliveries to them' },
  { name: 'installation', description: 'What everyone may know of this installation' },
  { name: 'operation', description: 'For load balancers and operators' }
]

/** The page of ReDoc; nothing in it comes from elsewhere, so it works without a network. */
const REDOC_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Invigil API</title>
    <link rel="icon" href="/icon.svg">
    <style>body { margin: 0 }</style>
  </head>
  <body>
    <div id="redoc"></div>
    <script src="/redoc/redoc.js"></script>
    <script src="/redoc/start.js"></script>
  </body>
</html>
`

/** The one thing that the bundle would load from elsewhere. */
const REDOC_LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg'
const NO_PICTURE = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='

const REDOC_START =
  "Redoc.init('/docs/json', { disableSearch: false, hideLoading: true }, document.getElementById('redoc'))\n"

/** OpenAPI at /docs/json, Swagger UI at /docs, ReDoc at /redoc. Registered before the routes it describes. */
export default fp<{ readonly version: string }>(
  async function docs (fastify, { version }) {
    /** The files that forms carry, by the address of their route as OpenAPI writes it. */
    const forms = new Map<string, FormFiles>()

    await fastify.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        // The document is read where the API is.
        servers: [{ url: '/', description: 'This server' }],
        info: { title: 'Invigil', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
        tags: TAGS,
        components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } }
      },
      hideUntagged: true,
      transformObject: document => {
        if (!('openapiObject' in document)) return {}
        for (const [url, files] of forms) describeFiles(document.openapiObject.paths?.[url], files)
        return document.openapiObject
      },
      transform: ({ schema, url, route }) => {
        const { access, ...config } = route.config ?? {}
        const path = url.replaceAll(/:(\w+)/g, '{$1}')
        if (config.picture !== undefined || config.pictures !== undefined) forms.set(path, config)
        if (schema === undefined || access === undefined) return { schema: schema ?? {}, url }
        const method = String([route.method].flat()[0])
        const operationId = operationIdOf(method, path)
        const described: FastifySchema = {
          ...schema,
          ...defined({ operationId }),
          response: withBodyRefusals(method, schema.response)
        }
        if (access.roles === 'public') return { schema: { ...described, security: [] }, url }
        const owners = access.owner === undefined ? [] : (access.ownerRoles ?? ['student'])
        const roles = access.roles.map(role => (owners.includes(role) ? `${role} (own)` : role)).join(', ')
        return {
          schema: {
            ...described,
            security: [{ bearer: [] }],
            description: [
              schema.description,
              `Roles: ${roles}.`,
              access.notOwn === true ? 'Not on yourself.' : '',
              access.whileTakingExam === 'only' ? 'Staff only where an attempt of their own is open.' : ''
            ]
              .filter(Boolean)
              .join('\n\n')
          },
          url
        }
      }
    })

    // The plugin would generate the document for every request, which takes 100 ms.
    const documents: Readonly<Record<string, () => CachedResponse>> = {
      '/docs/json': lazily(() => cachedResponse('application/json; charset=utf-8', JSON.stringify(fastify.swagger()))),
      '/docs/yaml': lazily(() => cachedResponse('application/x-yaml', fastify.swagger({ yaml: true })))
    }
    fastify.addHook('onListen', async () => {
      for (const document of Object.values(documents)) document()
    })

    await fastify.register(async scope => {
      publicRoutes(scope)
      await scope.register(swaggerUi, {
        routePrefix: '/docs',
        uiConfig: { deepLinking: true, persistAuthorization: false, displayRequestDuration: true },
        uiHooks: {
          onRequest: async (request, reply) => {
            const document = documents[request.routeOptions.url ?? '']
            if (document !== undefined) {
              return await sendCached(request, reply.header('cache-control', 'no-cache'), document())
            }
          }
        }
      })
      const bundle = (await readFile(redocFile(), 'utf8')).replaceAll(REDOC_LOGO, NO_PICTURE)
      const files = [
        ['/redoc', 'text/html', REDOC_PAGE],
        ['/redoc/redoc.js', 'text/javascript', bundle],
        ['/redoc/start.js', 'text/javascript', REDOC_START]
      ] as const
      for (const [url, type, content] of files) {
        const file = cachedResponse(`${type}; charset=utf-8`, content)
        scope.get(
          url,
          { schema: { hide: true } },
          async (request, reply) => await sendCached(request, reply.header('cache-control', 'max-age=3600'), file)
        )
      }
    })
  },
  { name: 'docs', dependencies: ['access'] }
)

/** The build's copy of Redoc beside this file, or the one of the npm package, which is there at development only. */
function redocFile (): URL | string {
  const built = new URL('./redoc.standalone.js', import.meta.url)
  return existsSync(built) ? built : createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js')
}

function lazily<T> (make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** What any body may be refused with, before its route sees it. */
const BODY_REFUSALS = ['INVIGIL_ERR_BODY', 'INVIGIL_ERR_TOO_LARGE', 'INVIGIL_ERR_MEDIA_TYPE'] as const

/** The answers of a route together with the refusals of bodies. */
function withBodyRefusals (method: string, response: unknown): unknown {
  if (method === 'GET') return response
  const answers = { ...(response as Record<string, object>) }
  const described: Record<string, object> = refusals('public', ...BODY_REFUSALS)
  for (const code of BODY_REFUSALS) {
    const status = STATUS[code]
    const answer: { readonly description?: string } | undefined = answers[status]
    if (answer === undefined) answers[status] = described[status]!
    else if (answer.description?.includes(code) === false) {
      answers[status] = { ...answer, description: `${answer.description}, ${code}` }
    }
  }
  return answers
}

interface Operation {
  readonly requestBody?: {
    readonly content: Record<string, { schema: { readonly properties: Record<string, unknown> } }>
  }
}

/** Says of a form's files that they are files; one schema serves JSON and forms, and in JSON they are base64. */
function describeFiles (path: unknown, { picture, sound, pictures }: FormFiles): void {
  const file = (description: string) => ({ type: 'string', format: 'binary', description })
  const files = {
    ...Object.fromEntries([picture ?? []].flat().map(field => [field, file('A JPEG, PNG, WebP or GIF file')])),
    ...(sound !== undefined && { [sound]: file('A file with up to a minute of sound') }),
    ...(pictures !== undefined && {
      [pictures.field]: { type: 'array', maxItems: pictures.max, items: file('A JPEG, PNG, WebP or GIF file') }
    })
  }
  for (const { requestBody } of Object.values(path as Record<string, Operation>)) {
    const form = requestBody?.content['multipart/form-data']
    // A new object: both kinds of body share one in the document.
    if (form !== undefined) {
      requestBody!.content['multipart/form-data'] = {
        schema: { ...form.schema, properties: { ...form.schema.properties, ...files } }
      }
    }
  }
}
