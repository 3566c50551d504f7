import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'

/** What proxies write; a request that carries one of them comes from elsewhere, whatever address it has here. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'] as const

/**
 * Whether a request without an account may read the metrics: with the token, or, where none is set, from this machine. A
 * proxy is told from a program of this machine by its headers, or because the configuration names one.
 */
export function mayScrape (request: FastifyRequest, { metricsToken, trustProxy }: Pick<Config, 'metricsToken' | 'trustProxy'>): boolean {
  const { headers, raw } = request
  if (metricsToken !== '') {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    return bearer !== undefined && timingSafeEqual(digest(bearer), digest(metricsToken))
  }
  return trustProxy.length === 0 && isLoopback(raw.socket.remoteAddress) && FORWARDED.every(name => headers[name] === undefined)
}

/** Of one length, whatever was sent. */
function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isLoopback (address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(address)
}
