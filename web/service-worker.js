/* global addEventListener, caches, clients, fetch, location, Request, Response, skipWaiting, URL */
/* global __FILES__ */
/**
 * Keeps the candidate's pages ready for a lost line: it stores the files of this build that an exam needs, and answers
 * with them when the server cannot. It never stores what comes from the API or the sockets. The build puts it at
 * /sw.js and fills in the names of the files.
 */
const FILES = __FILES__
const CACHE = 'invigil-__VERSION__'
const PAGE = '/index.html'
/** What is never a page or a file of ours. */
const NOT_OURS = /^\/(api|ws|docs|redoc|health|metrics)(\/|$)/

addEventListener('install', event => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE)
    await cache.addAll([PAGE, '/icon.svg', ...FILES].map(path => new Request(path, { cache: 'reload' })))
    await skipWaiting()
  })())
})

addEventListener('activate', event => {
  event.waitUntil((async () => {
    const names = await caches.keys()
    // The build before this one is kept: a page of it may still be open and load its parts.
    const old = names.filter(name => name.startsWith('invigil-') && name !== CACHE).slice(0, -1)
    await Promise.all(old.map(name => caches.delete(name)))
    await clients.claim()
  })())
})

addEventListener('fetch', event => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin || NOT_OURS.test(url.pathname)) return
  if (request.mode === 'navigate') event.respondWith(page(request))
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request))
  else if (url.pathname === '/icon.svg') event.respondWith(networkFirst(request))
})

/** The server's page is newer; without the server, or where it knows no such page, the stored one. */
async function page (request) {
  try {
    const response = await fetch(request)
    if (response.status !== 404 && response.status < 500) return response
  } catch {}
  return await caches.match(PAGE) ?? Response.error()
}

/** The names of assets change with their content, so what is stored is right for ever. */
async function asset (request) {
  const stored = await caches.match(request)
  if (stored !== undefined) return stored
  const response = await fetch(request)
  if (response.ok) await (await caches.open(CACHE)).put(request, response.clone())
  return response
}

async function networkFirst (request) {
  return await fetch(request).catch(() => caches.match(request)) ?? Response.error()
}
