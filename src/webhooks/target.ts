/**
 * The address that a webhook goes to. An admin's URL must not make the gateway call machines that only the gateway can
 * reach: the host is resolved once, every address must be public, and the connection goes to that address.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

export interface Target {
  readonly url: URL
  readonly address: string
  readonly family: 4 | 6
}

/** Why no request was made. */
export class TargetError extends Error {
  readonly reason: 'url' | 'private' | 'dns'

  constructor (reason: TargetError['reason']) {
    super(`webhook address refused: ${reason}`)
    this.name = 'TargetError'
    this.reason = reason
  }
}

const NOT_PUBLIC = new BlockList()
for (const range of [
  // This network, private, carrier-grade NAT, loopback, link-local (with the metadata services of clouds).
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12',
  // Protocol assignments, documentation, 6to4 relays, private, benchmarks, multicast, reserved.
  '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24',
  '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'
]) {
  const [network, bits] = range.split('/')
  NOT_PUBLIC.addSubnet(network!, Number(bits), 'ipv4')
}
/** Of IPv6 only these are public; IPv4 in another notation, such as ::ffff:127.0.0.1, is not among them. */
const PUBLIC_6 = new BlockList()
PUBLIC_6.addSubnet('2000::', 3, 'ipv6')
// Teredo and other assignments, documentation, 6to4.
for (const [network, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) {
  NOT_PUBLIC.addSubnet(network, bits, 'ipv6')
}

export function isPublicAddress (address: string): boolean {
  if (isIP(address) === 4) return !NOT_PUBLIC.check(address, 'ipv4')
  return isIP(address) === 6 && PUBLIC_6.check(address, 'ipv6') && !NOT_PUBLIC.check(address, 'ipv6')
}

export type Resolve = (host: string) => Promise<ReadonlyArray<{ readonly address: string, readonly family: number }>>

const resolveByDns: Resolve = async host => await lookup(host, { all: true })

/**
 * Resolves a URL. With `allowsPrivate` any address and plain HTTP are allowed: for development. Throws a TargetError.
 */
export async function resolveTarget (
  text: string,
  allowsPrivate: boolean,
  resolve: Resolve = resolveByDns
): Promise<Target> {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isScheme = url?.protocol === 'https:' || (allowsPrivate && url?.protocol === 'http:')
  if (url === undefined || !isScheme || url.username !== '' || url.password !== '') throw new TargetError('url')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const found = isIP(host) === 0
    ? await resolve(host).catch(() => { throw new TargetError('dns') })
    : [{ address: host, family: isIP(host) }]
  const [first] = found
  if (first === undefined) throw new TargetError('dns')
  if (!allowsPrivate && !found.every(({ address }) => isPublicAddress(address))) throw new TargetError('private')
  return { url, address: first.address, family: first.family === 6 ? 6 : 4 }
}
