import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Reel } from '../src/cli/simulate/frames.ts'
import { answer, type Seat } from './server.ts'

/** What the process of the pretended candidates is to do. */
export interface LoadPlan {
  /** The server's, such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly candidates: readonly Seat[]
  /** The frames of each candidate's camera, given to them in turn. */
  readonly reels: readonly Reel[]
  readonly fps: number
  readonly followRate: boolean
  /** Half seconds of 16-bit sound; none: nobody speaks. */
  readonly sound: readonly Uint8Array[]
}

/** What one candidate sent and heard since the measured time began. */
export interface CandidateLoad {
  readonly sent: number
  readonly unsent: number
  readonly analysed: number
  readonly replaced: number
  readonly stale: number
}

export interface LoadReading {
  readonly candidates: readonly CandidateLoad[]
  /** From sending a frame to its acknowledgement, in milliseconds, of all candidates. */
  readonly latenciesMs: readonly number[]
  /** Refusals and closed sockets, by code. */
  readonly errors: Readonly<Record<string, number>>
  /** Of the load's own process: what it took of the machine, and how late its clock was. */
  readonly cores: number
  readonly loopP99Ms: number
}

export type LoadCommand = 'start' | 'reset' | 'read' | 'end'

export interface Load {
  /** Connects everybody and begins to send. */
  start (): Promise<void>
  /** Begins the measured time. */
  reset (): Promise<void>
  /** What has happened since `reset`. */
  read (): Promise<LoadReading>
  /** Stops sending, waits for what is still under way, says what happened since `reset`, and hangs up. */
  end (): Promise<LoadReading>
  close (): Promise<void>
}

/** Candidates in a process of their own: what sending costs must not delay what is measured. */
export async function startLoad (plan: LoadPlan): Promise<Load> {
  const child = fork(new URL(`./load-child${path.extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced'
  })
  const ask = async (command: LoadCommand): Promise<LoadReading> => {
    child.send(command)
    return await answer<LoadReading>(child)
  }
  child.send(plan)
  await answer(child)
  return {
    start: async () => { await ask('start') },
    reset: async () => { await ask('reset') },
    read: async () => await ask('read'),
    end: async () => await ask('end'),
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
}
