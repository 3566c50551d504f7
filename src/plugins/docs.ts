import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { publicRoutes } from './access.ts'
import { keep, sendKept, type Kept } from './kept.ts'

const DESCRIPTION = `Invigil watches exams: frames in, explained events out. It reports; people judge.

Log in with \`POST /api/v1/auth/login/password\` and send the access token as \`Authorization: Bearer\`. Every refusal is
\`{code, message, details?}\`; the code stays the same, the message is in the language of the
account, else of \`Accept-Language\` (en, bn).
Times are milliseconds since the epoch unless they are ISO 8601 texts. Frames go over the WebSocket \`/ws/:userId\`; the
protocol is in docs/protocol.md.`

const TAGS = [
  { name: 'auth', description: 'Accounts, logins and tokens' },
  { name: 'exam', description: 'The life of a candidate\'s exam session' },
  { name: 'exams', description: 'Exams, their questions, policies and candidates; for staff' },
  { name: 'taking', description: 'Sitting an exam: check, start, answers, submit, result' },
  { name: 'sessions', description: 'Sessions and what was seen in them' },
  { name: 'events', description: 'What pages, people and other systems report' },
  { name: 'analysis', description: 'One picture, looked at by every detector' },
  { name: 'users', description: 'Accounts, for those who look after them' },
  { name: 'admin', description: 'Candidates, statistics, the audit log, exports' },
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

const REDOC_START = "Redoc.init('/docs/json', { disableSearch: false, hideLoading: true }, document.getElementById('redoc'))\n"

/** OpenAPI at /docs/json, Swagger UI at /docs, ReDoc at /redoc. Registered before the routes it describes. */
export default fp<{ readonly version: string }>(async function docs (fastify, { version }) {
  /** The form fields that carry a picture, by the address of their route as OpenAPI writes it. */
  const pictures = new Map<string, readonly string[]>()

  await fastify.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Invigil', version, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      tags: TAGS,
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } }
    },
    hideUntagged: true,
    transformObject: document => {
      if (!('openapiObject' in document)) return {}
      for (const [url, fields] of pictures) pictureAsFile(document.openapiObject.paths?.[url], fields)
      return document.openapiObject
    },
    transform: ({ schema, url, route }) => {
      const { access, picture } = route.config ?? {}
      if (picture !== undefined) pictures.set(url.replaceAll(/:(\w+)/g, '{$1}'), [picture].flat())
      if (schema === undefined || access === undefined || access.roles === 'public') return { schema: schema ?? {}, url }
      const owners = access.owner === undefined ? [] : access.ownerRoles ?? ['student']
      const roles = access.roles.map(role => owners.includes(role) ? `${role} (own)` : role).join(', ')
      return { schema: { ...schema, security: [{ bearer: [] }], description: [schema.description, `Roles: ${roles}.`, access.notOwn === true ? 'Not on yourself.' : '', access.whileSitting === 'only' ? 'Staff only where an attempt of their own is open.' : ''].filter(Boolean).join('\n\n') }, url }
    }
  })

  // The plugin would make them anew for every request, which takes a hundred milliseconds.
  const documents: Readonly<Record<string, () => Kept>> = {
    '/docs/json': lazily(() => keep('application/json; charset=utf-8', JSON.stringify(fastify.swagger()))),
    '/docs/yaml': lazily(() => keep('application/x-yaml', fastify.swagger({ yaml: true })))
  }
  fastify.addHook('onListen', async () => { for (const document of Object.values(documents)) document() })

  await fastify.register(async scope => {
    publicRoutes(scope)
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { deepLinking: true, persistAuthorization: false, displayRequestDuration: true },
      uiHooks: {
        onRequest: async (request, reply) => {
          const document = documents[request.routeOptions.url ?? '']
          if (document !== undefined) return await sendKept(request, reply.header('cache-control', 'no-cache'), document())
        }
      }
    })
    const bundle = (await readFile(createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js'), 'utf8')).replaceAll(REDOC_LOGO, NO_PICTURE)
    const files = [['/redoc', 'text/html', REDOC_PAGE], ['/redoc/redoc.js', 'text/javascript', bundle], ['/redoc/start.js', 'text/javascript', REDOC_START]] as const
    for (const [url, type, content] of files) {
      const file = keep(`${type}; charset=utf-8`, content)
      scope.get(url, { schema: { hide: true } }, async (request, reply) => await sendKept(request, reply.header('cache-control', 'max-age=3600'), file))
    }
  })
}, { name: 'docs', dependencies: ['access'] })

function lazily<T> (make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

interface Form {
  readonly properties: Record<string, unknown>
}

/** Says of a form's picture that it is a file; one schema serves JSON and forms, and in JSON it is base64. */
function pictureAsFile (path: unknown, fields: readonly string[]): void {
  const { post } = path as { post?: { requestBody?: { content: Record<string, { schema: Form }> } } }
  const content = post?.requestBody?.content
  const form = content?.['multipart/form-data']
  if (content === undefined || form === undefined) return
  const files = fields.map(field => [field, { type: 'string', format: 'binary', description: 'A JPEG, PNG, WebP or GIF file' }])
  // A new object: both kinds of body share one in the document.
  content['multipart/form-data'] = { schema: { ...form.schema, properties: { ...form.schema.properties, ...Object.fromEntries(files) } } }
}
