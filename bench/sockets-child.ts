/** The process that holds the sockets of a bench and measures when events arrive. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Seat } from './server.ts'
import { nowMs, type SocketsCommand, type SocketsPlan, type SocketsReading } from './sockets.ts'

const OPENED_AT_ONCE = 20

const sockets: WebSocket[] = []
let latenciesMs: number[] = []
let sinceMs = performance.now()
let cpuSince = process.cpuUsage()

async function open ({ url, kind, seats, deaf }: SocketsPlan): Promise<void> {
  const address = ({ userId }: Seat): URL =>
    new URL(kind === 'monitors' ? '/ws/monitor' : `/ws/${userId}`, url.replace(/^http/, 'ws'))
  const connect = async (seat: Seat): Promise<WebSocket> => {
    const socket = new WebSocket(address(seat), { headers: { authorization: `Bearer ${seat.token}` } })
    socket.on('message', onMessage)
    sockets.push(socket)
    await once(socket, 'open')
    // A refused upgrade ends the bench with an error; a socket that is closed later is only counted.
    socket.on('error', () => {})
    if (kind === 'monitors') socket.send(JSON.stringify({ type: 'subscribe', all: true }))
    return socket
  }
  for (let from = 0; from < seats.length; from += OPENED_AT_ONCE) {
    await Promise.all(seats.slice(from, from + OPENED_AT_ONCE).map(connect))
  }
  if (deaf !== undefined) (await connect(deaf)).pause()
}

/** Parses only messages that contain `sentMs`, because parsing all would delay the measurement. */
function onMessage (data: WebSocket.RawData): void {
  const arrivedMs = nowMs()
  const text = String(data)
  if (!text.includes('"sentMs"')) return
  const { type, data: rows } = JSON.parse(text) as {
    readonly type: string
    readonly data: ReadonlyArray<{ readonly detail?: { readonly sentMs?: number } }>
  }
  if (type !== 'logs') return
  for (const { detail } of rows) if (detail?.sentMs !== undefined) latenciesMs.push(arrivedMs - detail.sentMs)
}

function read (): SocketsReading {
  const { user, system } = process.cpuUsage(cpuSince)
  return {
    open: sockets.filter(socket => socket.readyState === WebSocket.OPEN).length,
    latenciesMs,
    cores: (user + system) / 1000 / (performance.now() - sinceMs)
  }
}

function reset (): void {
  latenciesMs = []
  sinceMs = performance.now()
  cpuSince = process.cpuUsage()
}

process.on('message', (message: SocketsPlan | SocketsCommand) => {
  const work = typeof message === 'object' ? open(message) : Promise.resolve()
  work.then(() => {
    if (message === 'reset') reset()
    process.send?.(read())
  }).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  })
})
