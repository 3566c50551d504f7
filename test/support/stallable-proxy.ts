/** A TCP proxy before a server, such as a network that goes dead without closing a connection. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface StallableProxy {
  readonly url: string
  /** From now on nothing passes in either direction; connections stay open, and new ones are accepted. */
  stall (): void
  /** What stood still is closed, as when the network is back; new connections pass. */
  recover (): void
  close (): Promise<void>
}

export async function startStallableProxy (target: string): Promise<StallableProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isStalled = false
  const server = createServer(client => {
    sockets.add(client)
    client.on('error', () => {}).on('close', () => sockets.delete(client))
    if (isStalled) return client.pause()
    const upstream = connect(Number(port), hostname)
    sockets.add(upstream)
    upstream.on('error', () => client.destroy()).on('close', () => sockets.delete(upstream))
    client.on('close', () => upstream.destroy())
    client.on('data', data => { if (!isStalled) upstream.write(data) }).on('end', () => { if (!isStalled) upstream.end() })
    upstream.on('data', data => { if (!isStalled) client.write(data) }).on('end', () => { if (!isStalled) client.end() })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stall () { isStalled = true },
    recover () {
      isStalled = false
      for (const socket of sockets) socket.destroy()
    },
    async close () {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}
