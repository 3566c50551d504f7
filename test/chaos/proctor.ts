/** A teacher who pauses, resumes and reports under load, and records what was acknowledged. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ChaosCandidate } from './candidate.ts'
import type { Caller } from './stage.ts'

export interface Proctor {
  /** Ends the load; resumes the session that is paused at that moment. Throws if the gateway keeps refusing. */
  stop (): Promise<void>
}

const ACTION_MS = 400
const RETRY_MS = 200
const RESUME_WITHIN_MS = 60_000

/** Acts on one candidate after the other, each time through the gateway `urlOf()`. */
export function startProctor (caller: Caller, candidates: readonly ChaosCandidate[], urlOf: () => string): Proctor {
  const ended = new AbortController()
  let number = 0

  async function act (verb: 'pause' | 'resume', { ledger }: ChaosCandidate): Promise<number> {
    const reason = `${verb} ${ledger.attemptId} ${++number}`
    const { status } = await caller.call(urlOf(), 'POST', `/exam/${verb}/${ledger.userId}`, { reason })
    if (status === 200) ledger.actions.add(reason)
    return status
  }

  /** Also after a pause without a response: it may have been carried out. */
  async function resume (candidate: ChaosCandidate): Promise<void> {
    for (const untilMs = Date.now() + RESUME_WITHIN_MS; ; await delay(RETRY_MS)) {
      const status = await act('resume', candidate)
      // 409: it is not paused. 404: it has ended.
      if (status === 200 || status === 409 || status === 404) return
      if (Date.now() > untilMs) throw new Error(`resume not acknowledged: ${status}`)
    }
  }

  async function run (): Promise<void> {
    for (let turn = 0; !ended.signal.aborted; turn++) {
      const candidate = candidates[turn % candidates.length]!
      const { ledger } = candidate
      const marker = `staff-${ledger.attemptId}-${turn}`
      ledger.sentReports.add(marker)
      const { status, body } = await caller.call(urlOf(), 'POST', '/events', {
        sessionId: ledger.sessionId,
        kind: 'suspicious_activity',
        description: 'Looks up',
        detail: { marker }
      })
      if (status === 201 && body['stored'] === true) ledger.reports.add(marker)
      if (turn % 3 === 0) {
        await act('pause', candidate)
        await delay(RETRY_MS)
        await resume(candidate)
      }
      await delay(ACTION_MS)
    }
  }

  const running = run()
  return {
    async stop () {
      ended.abort()
      await running
    }
  }
}
