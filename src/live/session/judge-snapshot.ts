import { deserialize, serialize } from 'node:v8'
import type { JudgeState } from '../../../detection/events/judge.ts'
import { VERSION } from '../../package-info.ts'
import type { SessionHandover } from '../../cluster/session-command.ts'

/** What a session's judge remembers, for the gateway that takes the session over: what lasts goes on lasting there. */
export function writeSnapshot (state: JudgeState, epoch: number): SessionHandover {
  return { epoch, version: VERSION, memory: serialize(state).toString('base64') }
}

/** Undefined: it was written by another version of this program, or cannot be read. */
export function readSnapshot ({ version, memory }: Pick<SessionHandover, 'version' | 'memory'>): JudgeState | undefined {
  if (version !== VERSION) return undefined
  try {
    return deserialize(Buffer.from(memory, 'base64')) as JudgeState
  } catch {
    return undefined
  }
}
