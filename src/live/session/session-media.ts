import type { ScreenRecording } from '../../recording/screen-recording.ts'
import type { SessionRecording } from '../../recording/session-recording.ts'
import type { SessionDeps } from './session-deps.ts'

/** A session whose media are kept. */
interface About {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
}

/** Opens the recording and the evidence of a session; undefined if its exam wants neither. */
export function openMedia (
  { id, userId, examId }: About,
  { recorder, recording: mode = 'none', keepsEvidence = false, counters }: SessionDeps,
  onFailure: (code: string, of: 'recording' | 'evidence') => void
): SessionRecording | undefined {
  if (mode === 'none' && !keepsEvidence) return undefined
  const { storyboard, evidence } = counters
  return recorder?.open({ id, userId, examId, mode, storyboard, ...(keepsEvidence && { evidence }) }, onFailure)
}

/** Opens the recording of a session's screen; undefined if its exam wants none or the candidate has not agreed. */
export const openScreen = (
  { id, userId, examId }: About,
  { recorder, recordsScreen = false }: SessionDeps,
  onFailure: (code: string, of: 'screen') => void
): ScreenRecording | undefined =>
  recordsScreen ? recorder?.openScreen({ id, userId, examId }, code => onFailure(code, 'screen')) : undefined
