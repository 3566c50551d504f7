/** How the built pages are served: the start page for every address, and files as they were compressed. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../../support/app.ts'

t.test('the pages are served, and a page says so while they are not built', async t => {
  const bare = await build(t)
  t.match((await bare.inject('/')).body, /npm run build/)
  const webRoot = t.testdir({ 'index.html': '<p>the page</p>' })
  await mkdir(join(webRoot, 'assets'))
  await writeFile(join(webRoot, 'assets', 'a-1.js'), '1')
  const app = await build(t, { webRoot })
  t.match(await app.inject('/'), { statusCode: 200, body: '<p>the page</p>', headers: { 'cache-control': 'no-cache' } })
  t.match((await app.inject('/assets/a-1.js')).headers['cache-control'], /immutable/)
  t.match((await app.inject('/assets/none.js')).json(), { code: 'INVIGIL_ERR_NOT_FOUND' })
})

t.test('addresses of the pages open the start page; what is no page stays a coded 404', async t => {
  const webRoot = t.testdir({
    'index.html': '<p>the page</p>',
    'index.html.br': 'the page in brotli',
    'index.html.gz': 'the page in gzip',
    'icon.svg': '<svg/>',
    'sw.js': 'a worker',
    assets: { 'a-1.js': 'plain', 'a-1.js.br': 'in brotli', 'a-1.js.gz': 'in gzip', 'b-2.js': 'alone' }
  })
  const app = await build(t, { webRoot })
  const get = async (url: string, accept = 'text/html,application/xhtml+xml,*/*;q=0.8', encoding?: string) =>
    await app.inject({ url, headers: { accept, ...(encoding !== undefined && { 'accept-encoding': encoding }) } })
  for (const url of ['/', '/exams/17', '/live/1/2?t=3', '/admin/people', '/apis', '/login.html', '/a%20b']) {
    t.match(
      await get(url),
      {
        statusCode: 200,
        body: '<p>the page</p>',
        headers: {
          'content-type': /text\/html/,
          'cache-control': 'no-cache',
          'content-security-policy': /script-src 'self'.*worker-src 'self';.*frame-ancestors 'none'/
        }
      },
      url
    )
  }
  for (const url of ['/api', '/api/v1/none', '/docs/none', '/redoc/none', '/assets/none.js', '/health/none', '/ws/none/x', '/metrics/none']) {
    t.match(await get(url), { statusCode: 404, headers: { 'content-type': /json/ } }, url)
  }
  t.match((await get('/exams/17', '*/*')).json(), { code: 'INVIGIL_ERR_NOT_FOUND' }, 'a script asks')
  t.match((await app.inject({ method: 'POST', url: '/exams/17', headers: { accept: 'text/html' } })).statusCode, 404)

  for (const [url, type] of [['/exams/17', 'page'], ['/assets/a-1.js', 'a-1.js']] as const) {
    t.match(
      await get(url, 'text/html', 'gzip, deflate, br'),
      { headers: { 'content-encoding': 'br', vary: /accept-encoding/i }, body: /in brotli/ },
      type
    )
    t.match(await get(url, 'text/html', 'gzip'), { headers: { 'content-encoding': 'gzip' }, body: /in gzip/ }, type)
    t.notMatch((await get(url, 'text/html', 'identity')).headers, { 'content-encoding': /./ }, type)
  }
  t.match(await get('/assets/a-1.js', '*/*', 'br'), {
    headers: { 'cache-control': 'public, max-age=31536000, immutable', 'content-type': /javascript/ }
  })
  t.match(await get('/assets/b-2.js', '*/*', 'br'), { statusCode: 200, body: 'alone' })
  t.equal((await get('/assets/a-1.js.br', '*/*')).statusCode, 404, 'a compressed file has no address of its own')
  t.match(await get('/sw.js', '*/*'), { statusCode: 200, headers: { 'cache-control': 'no-cache' } })
  t.match(await get('/favicon.ico', 'image/*'), { statusCode: 200, headers: { 'content-type': /svg/ } })
  t.match((await get('/redoc')).headers['content-security-policy'], /worker-src 'self' blob:/)
})
