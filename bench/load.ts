import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Reel } from '../src/cli/simulate/frames.ts'
import type { EncodedFrame } from '../src/cli/simulate/vp8.ts'
import { answer, type Seat } from './server.ts'

/** The message that configures the process of the simulated candidates. */
export interface LoadPlan {
  /** Address of the server, such as `http://127.0.0.1:40123`. */
  readonly url: string
  readonly candidates: readonly Seat[]
  /** The frames of the cameras, assigned to the candidates in turn. */
  readonly reels: readonly Reel[]
  /** Sent as video instead of the reels, assigned in the same way. */
  readonly videos?: ReadonlyArray<readonly EncodedFrame[]>
  readonly fps: number
  readonly followRate: boolean
  /** 16-bit sound in pieces of half a second; empty for no sound. */
  readonly sound: readonly Uint8Array[]
}

/** Frames of one candidate since the measured time began. */
export interface CandidateLoad {
  readonly sent: number
  readonly unsent: number
  readonly analysed: number
  readonly replaced: number
  readonly stale: number
}

export interface LoadReading {
  readonly candidates: readonly CandidateLoad[]
  /** Milliseconds from sending a frame to its acknowledgement, for all candidates. */
  readonly latenciesMs: readonly number[]
  /** Of each candidate: milliseconds from the first frame that was ever sent to the last. */
  readonly spansMs: readonly number[]
  /** Refusals and closed sockets, by code. */
  readonly errors: Readonly<Record<string, number>>
  /** Processor time of this process in cores, and the delay of its event loop. */
  readonly cores: number
  readonly loopP99Ms: number
}

export type LoadCommand = 'start' | 'reset' | 'read' | 'end'

export interface Load {
  /** Connects all candidates and begins to send. */
  start (): Promise<void>
  /** Begins the measured time. */
  reset (): Promise<void>
  /** Returns the reading since `reset`. */
  read (): Promise<LoadReading>
  /** Stops sending, waits for open acknowledgements, closes the sockets, and returns the reading since `reset`. */
  end (): Promise<LoadReading>
  close (): Promise<void>
}

/** Starts the candidates in their own process, so that sending does not delay the measured server. */
export async function startLoad (plan: LoadPlan): Promise<Load> {
  const child = fork(new URL(`./load-child${path.extname(import.meta.url)}`, import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced'
  })
  const request = async (command: LoadCommand): Promise<LoadReading> => {
    child.send(command)
    return await answer<LoadReading>(child)
  }
  child.send(plan)
  await answer(child)
  return {
    start: async () => { await request('start') },
    reset: async () => { await request('reset') },
    read: async () => await request('read'),
    end: async () => await request('end'),
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
}
