import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic, { type FastifyStaticOptions } from '@fastify/static'
import fp from 'fastify-plugin'
import { publicRoutes } from './access.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Sends the start page for an address that only the pages know, such as `/exams/17`; undefined where the address
     * is no page's.
     */
    sendPage: ((request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined) | null
  }
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Invigil</title></head>
  <body>
    <h1>Invigil is running</h1>
    <p>Its pages are not built yet: run <code>npm run build</code> and start again.
    The API works: see <a href="/docs">/docs</a> or <a href="/redoc">/redoc</a>.</p>
  </body>
</html>
`

/** What lies below these is never a page: a wrong address there stays a coded 404. */
const NO_PAGES = /^\/(api|docs|redoc|ws|assets|health|metrics)(\/|$)/

/** A browser that opens an address names HTML; scripts, pictures and command lines do not. */
const WANTS_HTML = /(^|[\s,])text\/html\b/i

/** The build puts a hash into the names of what lies in assets/. */
const FOREVER = 'public, max-age=31536000, immutable'

/**
 * The pages of the browser, from the folder where the build puts them; a page that says so while they are not built.
 * The pages have addresses of their own: any of them gets the same start page, which shows what the address names.
 */
export default fp<{ readonly root: string }>(
  async function web (fastify, { root }) {
    fastify.decorate('sendPage', null)
    if (!existsSync(join(root, 'index.html'))) {
      await fastify.register(async scope => {
        publicRoutes(scope)
        scope.get(
          '/',
          { schema: { hide: true } },
          async (_request, reply) => await reply.type('text/html; charset=utf-8').send(NOT_BUILT)
        )
      })
      return
    }

    const assets = join(root, 'assets')
    const options: FastifyStaticOptions = {
      root,
      cacheControl: false,
      // The build may put a .br and a .gz beside each file.
      preCompressed: true,
      setHeaders: (reply, path) => {
        reply.header('cache-control', path.startsWith(assets) ? FOREVER : 'no-cache')
      }
    }
    // For the start page alone; the files have their routes below.
    await fastify.register(fastifyStatic, { ...options, serve: false })
    fastify.sendPage = (request, reply) => {
      const path = request.url.split('?', 1)[0]!
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      if (!isRead || NO_PAGES.test(path) || !WANTS_HTML.test(request.headers.accept ?? '')) return undefined
      return reply.sendFile('index.html')
    }
    await fastify.register(async scope => {
      publicRoutes(scope)
      await scope.register(fastifyStatic, {
        ...options,
        // One route a file, so that an unknown address is a coded 404 as everywhere.
        wildcard: false,
        globIgnore: ['**/*.br', '**/*.gz'],
        decorateReply: false
      })
      // Browsers ask for it on pages that name no icon, such as a JSON answer.
      if (existsSync(join(root, 'icon.svg')) && !existsSync(join(root, 'favicon.ico'))) {
        scope.get(
          '/favicon.ico',
          { schema: { hide: true } },
          async (_request, reply) => await reply.sendFile('icon.svg')
        )
      }
    })
  },
  { name: 'web', dependencies: ['access'] }
)
