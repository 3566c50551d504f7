import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { answer, type Seat } from './server.ts'

/** Sockets that another process opens. They send nothing except a monitor's `subscribe`. */
export interface SocketsPlan {
  /** Address of the server, such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly kind: 'candidates' | 'monitors'
  readonly seats: readonly Seat[]
  /** An additional monitor that connects, subscribes, and never reads. */
  readonly deaf?: Seat
}

export interface SocketsReading {
  readonly open: number
  /** Milliseconds from `sentMs` in an event's detail to its arrival at each socket, since the last `reset`. */
  readonly latenciesMs: readonly number[]
  /** Processor time of that process since the last `reset`, in cores. */
  readonly cores: number
}

export type SocketsCommand = 'reset' | 'read'

export interface Sockets {
  reset (): Promise<SocketsReading>
  read (): Promise<SocketsReading>
  close (): Promise<void>
}

/** Time to open thousands of sockets: the server reads the account of each from the database. */
const OPEN_MS = 180_000

/** Opens the sockets in another process, and resolves when all are open. */
export async function openSockets (plan: SocketsPlan): Promise<Sockets> {
  const child = fork(new URL(`./sockets-child${path.extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced'
  })
  const request = async (message: SocketsPlan | SocketsCommand): Promise<SocketsReading> => {
    child.send(message)
    return await answer<SocketsReading>(child, OPEN_MS)
  }
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  try {
    await request(plan)
  } catch (error) {
    await close()
    throw error
  }
  return { reset: async () => await request('reset'), read: async () => await request('read'), close }
}

/** Milliseconds since the epoch, finer than `Date.now()` and comparable between processes of one machine. */
export function nowMs (): number {
  return performance.timeOrigin + performance.now()
}
