import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'

/** Headers that proxies, load balancers, CDNs and tunnels add. A request with one of them came from another machine. */
const FORWARDED = [
  'forwarded',
  'via',
  'true-client-ip',
  'fastly-client-ip',
  'client-ip',
  'cdn-loop',
  'proxy-connection',
  'ngrok-auth-user-email'
] as const
/**
 * The same, by how their names begin: x-forwarded-for, x-real-ip, x-envoy-external-address, cf-connecting-ip,
 * fly-client-ip …
 */
const FORWARDED_PREFIX =
  /^(x-(forwarded|forwarding|real|original|client|cluster|proxy|proxied|envoy|azure|appengine|amz|vercel|nf|cloud|remote|host|arr|waf|github|tunnel)|cf-|fly-|tailscale-)/

/**
 * Whether a request without an account may read the metrics: with the token, or, where none is set, from a program on
 * this machine.
 *
 * The peer's address alone does not tell: a TCP forwarder, an SSH tunnel or a proxy on this machine has a loopback
 * address too. So the request must also be addressed to loopback in `Host` and carry no header of a proxy, and the
 * configuration must name no proxy. A tunnel whose user writes `Host: localhost` by hand still passes: set
 * METRICS_TOKEN where something forwards to this port.
 */
export function mayScrape (
  request: FastifyRequest,
  { metricsToken, trustProxy }: Pick<Config, 'metricsToken' | 'trustProxy'>
): boolean {
  const { headers, raw } = request
  if (metricsToken !== '') {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
    return bearer !== undefined && timingSafeEqual(digest(bearer), digest(metricsToken))
  }
  return (
    trustProxy.length === 0 &&
    isLoopback(raw.socket.remoteAddress) &&
    isLoopbackHost(headers.host) &&
    !isForwarded(headers)
  )
}

/** Of one length, whatever was sent. */
function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isForwarded (headers: FastifyRequest['headers']): boolean {
  return Object.keys(headers).some(name => FORWARDED.some(known => known === name) || FORWARDED_PREFIX.test(name))
}

/** `localhost`, 127.0.0.0/8 or `[::1]`, with or without a port. */
function isLoopbackHost (host: string | undefined): boolean {
  const name = /^(\[[^\]]*\]|[^:]*)(:\d{1,5})?$/.exec(host ?? '')?.[1]?.toLowerCase()
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name ?? '')
}

function isLoopback (address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(address)
}
