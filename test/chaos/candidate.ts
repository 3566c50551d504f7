/** A candidate under load that records everything that a gateway acknowledges. */
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { createLedger, type Ledger } from './ledger.ts'
import { EMPTY_CHAIR, FACE } from './pictures.ts'
import type { Caller, Exam } from './stage.ts'

export interface CandidateOptions {
  readonly caller: Caller
  readonly exam: Exam
  /** The gateway of the socket, and of the requests unless `requestUrl` is set. */
  readonly url: string
  readonly requestUrl?: string
}

export interface ChaosCandidate {
  readonly ledger: Ledger
  /** Uses another gateway for socket and requests from now on. */
  move (url: string): void
  /** Uses another gateway for requests only. */
  requestAt (url: string): void
  /** Whether the socket is open. */
  readonly isConnected: boolean
  /** Ends the load, repeats the hand-in until it is acknowledged, and closes the socket; throws after `withinMs`. */
  finish (withinMs?: number): Promise<void>
  /** Ends the load and closes the socket; the attempt stays open. */
  stop (): void
}

const FRAME_MS = 250
const ACTION_MS = 60
const RECONNECT_MS = 150
const HANDSHAKE_MS = 3_000
const SUBMIT_RETRY_MS = 300
const SUBMIT_WITHIN_MS = 120_000
/** Fewer than the submissions that an attempt stores. */
const CODE_MAX = 5
/** Frames alternately with and without a face, so that incidents of the detectors begin and end. */
const FRAMES_A_SCENE = 16

/** Begins the attempt over HTTP; throws if the gateway refuses. */
export async function startCandidate ({
  caller,
  exam,
  url,
  requestUrl = url
}: CandidateOptions): Promise<ChaosCandidate> {
  const { status, body } = await caller.call(requestUrl, 'POST', `/exams/${exam.id}/start`, {})
  if (status !== 201) throw new Error(`start refused: ${status} ${JSON.stringify(body)}`)
  const { attempt, session } = body as {
    readonly attempt: { readonly id: string }
    readonly session: { readonly id: string }
  }
  const ledger = createLedger({ userId: caller.account.id, sessionId: session.id, attemptId: attempt.id })
  let socketUrl = url
  let httpUrl = requestUrl
  let socket: WebSocket | undefined
  const ended = new AbortController()
  let number = 0
  let isTabAway = false

  function open (): WebSocket {
    const opened = new WebSocket(`${socketUrl.replace('http', 'ws')}/ws/${caller.account.id}?token=${caller.token}`, {
      handshakeTimeout: HANDSHAKE_MS
    })
    opened.on('error', () => {})
    opened.on('message', data => {
      const message = JSON.parse(String(data)) as {
        readonly type: string
        readonly stored?: boolean
        readonly data?: ReadonlyArray<{ readonly id: string }>
      }
      if (message.type === 'logs' && message.stored === true) {
        for (const { id } of message.data ?? []) ledger.events.add(id)
      }
    })
    return opened
  }

  async function keepConnected (): Promise<void> {
    while (!ended.signal.aborted) {
      const opened = socket = open()
      await new Promise(resolve => opened.once('close', resolve))
      await delay(RECONNECT_MS)
    }
  }

  function sendOverSocket (data: Uint8Array | object): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(data instanceof Uint8Array ? data : JSON.stringify(data))
  }

  async function sendFrames (): Promise<void> {
    for (let frame = 0; !ended.signal.aborted; frame++) {
      sendOverSocket(Math.floor(frame / FRAMES_A_SCENE) % 2 === 0 ? FACE : EMPTY_CHAIR)
      await delay(FRAME_MS)
    }
  }

  async function report (): Promise<void> {
    const marker = `report-${ledger.attemptId}-${number}`
    ledger.sentReports.add(marker)
    const { status, body } = await caller.call(httpUrl, 'POST', '/events', {
      sessionId: ledger.sessionId,
      kind: 'x_marked',
      detail: { marker }
    })
    if (status === 201 && body['stored'] === true && (body['events'] as unknown[]).length > 0) {
      ledger.reports.add(marker)
    }
  }

  async function answer (): Promise<void> {
    const clientSeq = number
    const value = `word ${clientSeq}`
    const { status } = await caller.call(httpUrl, 'PUT', `/attempts/${ledger.attemptId}/answers/${exam.shortId}`, {
      value,
      clientSeq
    })
    if (status === 200) ledger.answers.set(exam.shortId, { clientSeq, value })
  }

  async function code (): Promise<void> {
    const { status, body } = await caller.call(httpUrl, 'POST', `/attempts/${ledger.attemptId}/code`, {
      questionId: exam.codeId,
      language: 'python',
      code: `print(${number})`
    })
    if (status === 201) ledger.code.add(String(body['id']))
  }

  /** Page events go over the socket; the other three wait for their response, one at a time. */
  async function act (): Promise<void> {
    while (!ended.signal.aborted) {
      number++
      if (number % 7 === 0) {
        isTabAway = !isTabAway
        sendOverSocket({ type: 'event', event: 'tab_switch', phase: isTabAway ? 'start' : 'end' })
      }
      if (number % 5 === 0) {
        sendOverSocket({ type: 'event', event: 'paste', detail: { marker: `paste-${ledger.attemptId}-${number}` } })
      }
      if (number % 3 === 0) await report()
      else if (number % 11 === 0 && ledger.code.size < CODE_MAX) await code()
      else await answer()
      await delay(ACTION_MS)
    }
  }

  const tasks = [keepConnected(), sendFrames(), act()]

  return {
    ledger,
    get isConnected () { return socket?.readyState === WebSocket.OPEN },
    move (to) {
      socketUrl = httpUrl = to
      socket?.terminate()
    },
    requestAt (to) { httpUrl = to },
    async finish (withinMs = SUBMIT_WITHIN_MS) {
      ended.abort()
      await tasks[2]
      for (const untilMs = Date.now() + withinMs; !ledger.isSubmitted;) {
        const reply = await caller.call(httpUrl, 'POST', `/attempts/${ledger.attemptId}/submit`, {})
        ledger.isSubmitted =
          reply.status === 200 || (reply.status === 409 && reply.body['code'] === 'INVIGIL_ERR_ATTEMPT_SUBMITTED')
        if (Date.now() > untilMs) {
          throw new Error(`hand-in not acknowledged: ${reply.status} ${JSON.stringify(reply.body)}`)
        }
        if (!ledger.isSubmitted) await delay(SUBMIT_RETRY_MS)
      }
      socket?.terminate()
      await Promise.all(tasks)
    },
    stop () {
      ended.abort()
      socket?.terminate()
    }
  }
}
