import { normalizeIP } from '@fastify/rate-limit'

/** Whom a limit by address counts: of IPv6 the /64 network, since whoever has one address of it has all of them. */
export function networkOf (address: string): string {
  return normalizeIP(address)
}
