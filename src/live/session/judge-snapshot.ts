import { deserialize, serialize } from 'node:v8'
import type { JudgeState } from '../../../detection/events/judge.ts'
import { VERSION } from '../../package-info.ts'
import type { SessionHandover } from '../../cluster/session-command.ts'

/** Serializes the judge's state for the gateway that takes the session over, so that open incidents continue. */
export function writeSnapshot (state: JudgeState, epoch: number): SessionHandover {
  return { epoch, version: VERSION, memory: serialize(state).toString('base64') }
}

/** Returns undefined if another version of this program wrote the snapshot, or if it cannot be read. */
export function readSnapshot ({ version, memory }: Pick<SessionHandover, 'version' | 'memory'>): JudgeState | undefined {
  if (version !== VERSION) return undefined
  try {
    return deserialize(Buffer.from(memory, 'base64')) as JudgeState
  } catch {
    return undefined
  }
}
