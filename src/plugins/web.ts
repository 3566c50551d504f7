import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import fp from 'fastify-plugin'
import { publicRoutes } from './access.ts'

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

/**
 * The pages of the browser, from the folder where the build puts them; a page that says so while they are not built.
 */
export default fp<{ readonly root: string }>(
  async function web (fastify, { root }) {
    await fastify.register(async scope => {
      publicRoutes(scope)
      if (!existsSync(join(root, 'index.html'))) {
        scope.get(
          '/',
          { schema: { hide: true } },
          async (_request, reply) => await reply.type('text/html; charset=utf-8').send(NOT_BUILT)
        )
        return
      }
      await scope.register(fastifyStatic, {
        root,
        // One route a file, so that an unknown address is a coded 404 as everywhere.
        wildcard: false,
        cacheControl: false,
        setHeaders: (response, path) => {
          // The build puts a hash into the names of what lies in assets/.
          response.header(
            'cache-control',
            path.includes(`${join(root, 'assets')}`) ? 'public, max-age=31536000, immutable' : 'no-cache'
          )
        }
      })
    })
  },
  { name: 'web', dependencies: ['access'] }
)
