import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { answer, type Seat } from './server.ts'

/** Sockets for another process to open; they send nothing but what a monitor must say to see anything. */
export interface SocketsPlan {
  /** The server's, such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly kind: 'candidates' | 'monitors'
  readonly seats: readonly Seat[]
  /** One more, who is let in, subscribes, and never reads a word. */
  readonly deaf?: Seat
}

export interface SocketsReading {
  readonly open: number
  /** From `sentMs` in an event's detail to its arrival at each socket, in milliseconds, since the last `reset`. */
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

/** Thousands are let in one by one: each asks the database whose it is. */
const OPEN_MS = 180_000

/** Opens the sockets in a process of their own, and resolves when all are open. */
export async function openSockets (plan: SocketsPlan): Promise<Sockets> {
  const child = fork(new URL(`./sockets-child${path.extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced'
  })
  const ask = async (message: SocketsPlan | SocketsCommand): Promise<SocketsReading> => {
    child.send(message)
    return await answer<SocketsReading>(child, OPEN_MS)
  }
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  try {
    await ask(plan)
  } catch (error) {
    await close()
    throw error
  }
  return { reset: async () => await ask('reset'), read: async () => await ask('read'), close }
}

/** Milliseconds since the epoch, finer than `Date.now()`, and the same in every process of a machine. */
export function nowMs (): number {
  return performance.timeOrigin + performance.now()
}
