import { normalizeIP } from '@fastify/rate-limit'

/**
 * The key of a limit by address. IPv6 addresses count by /64 network, because one client usually has all addresses of
 * it.
 */
export function networkOf (address: string): string {
  return normalizeIP(address)
}
