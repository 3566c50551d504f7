/**
 * One open attempt in this window: its session stream, its clock, its questions and answers. It restores everything
 * after a reload, a lost line, a restart of the server or sleep, and says when the attempt is over.
 */
import { api, dataOf } from '../../api/client.ts'
import { ApiError } from '../../api/errors.ts'
import { createSessionStream, type SessionStream } from '../../live/session-stream.ts'
import { chosenDevice } from '../devices.ts'
import type { Attempt, Question } from '../types.ts'
import { createAnswerBuffer, type AnswerBuffer, type Outcome } from './answer-buffer.ts'
import { openAnswerStore } from './answer-store.ts'
import { remainingAt, type ClockReading } from './exam-clock.ts'
import { saveOutcome } from './save-outcome.ts'
import { splitThread } from './thread.ts'

export type Hindrance = 'unseen' | 'paused' | 'line'

export interface RoomView {
  /** `full`: the server admits no sessions now; `refused`: it does not let this attempt go on. */
  readonly phase: 'loading' | 'full' | 'refused' | 'running' | 'over'
  readonly error: Error | undefined
  /** While the server is full: seconds until the next try. */
  readonly fullForSeconds: number
  readonly title: string
  /** What is kept of camera and microphone. */
  readonly recording: 'none' | 'incidents' | 'full'
  /** A picture and a clip of what is reported are stored for the review. */
  readonly keepsEvidence: boolean
  readonly attempt: Attempt | undefined
  readonly clock: ClockReading | undefined
  readonly questions: readonly Question[] | undefined
  /** Why the questions are not there yet. */
  readonly hindrance: Hindrance | undefined
  readonly flags: ReadonlySet<string>
  /** Who has paused: the candidate, staff or the system. */
  readonly pause: { readonly by: 'me' | 'staff' | 'system', readonly sinceMs: number } | undefined
  /** This device keeps the answers that the server does not have yet, also when this tab is closed. */
  readonly isKept: boolean
}

export interface ExamRoom {
  readonly stream: SessionStream
  readonly buffer: AnswerBuffer
  view (): RoomView
  subscribe (listener: () => void): () => void
  subscribeAnswers (listener: () => void): () => void
  open (video: HTMLVideoElement): void
  retry (): void
  refresh (): void
  setFlag (questionId: string, isOn: boolean): void
  /** Handed in: what this device keeps is removed. */
  finish (): void
  close (): void
}

const POLL_MS = 30_000
/** With the time for an answer, a dead line is noticed within 15 seconds. */
const QUIET_POLL_MS = 4000
const SOON_MS = 2000
/** A request without an answer by then has failed: a dead network may swallow it without a word. */
const ANSWER_MS_MAX = 10_000
const inTime = () => AbortSignal.timeout(ANSWER_MS_MAX)
const MESSAGES_MAX = 200
/** A timer that comes so late has slept. */
const SLEPT_MS = 5000

interface Options {
  readonly userId: string
  readonly attemptId: string
}

export function createExamRoom ({ userId, attemptId }: Options): ExamRoom {
  const params = { path: { attemptId } }
  let view: RoomView = {
    phase: 'loading',
    error: undefined,
    fullForSeconds: 0,
    title: '',
    recording: 'none',
    keepsEvidence: false,
    attempt: undefined,
    clock: undefined,
    questions: undefined,
    hindrance: undefined,
    flags: new Set(),
    pause: undefined,
    isKept: true
  }
  const listeners = new Set<() => void>()
  const answerListeners = new Set<() => void>()
  const closing = new AbortController()
  const store = openAnswerStore(attemptId, isKept => {
    if (view.isKept !== isKept) set({ isKept })
  })
  let pollTimer: ReturnType<typeof setTimeout> | undefined
  let questionsTimer: ReturnType<typeof setTimeout> | undefined
  let isStarting = false
  let hasSession = false

  const set = (change: Partial<RoomView>): void => {
    view = { ...view, ...change }
    for (const listener of listeners) listener()
  }
  const stream = createSessionStream({
    userId,
    cameraId: chosenDevice('camera'),
    microphoneId: chosenDevice('microphone')
  })
  const buffer = createAnswerBuffer({
    save,
    keep: store.keepAnswer,
    onChange: () => {
      for (const listener of answerListeners) listener()
      if (buffer.view().isOver && view.phase !== 'over') refresh()
    }
  })

  /** Answers go before pictures. */
  async function save (questionId: string, value: unknown, clientSeq: number): Promise<Outcome> {
    stream.hold(true)
    try {
      const saved = await dataOf(api.PUT('/api/v1/attempts/{attemptId}/answers/{questionId}', {
        params: { path: { attemptId, questionId } },
        body: { value, clientSeq },
        signal: inTime()
      }))
      return { kind: 'saved', savedAtMs: saved.savedAtMs, understood: saved.understood }
    } catch (error) {
      return saveOutcome(error, value)
    } finally {
      stream.hold(false)
    }
  }

  const read = (attempt: Attempt): void => {
    set({ attempt, clock: { ...attempt.clock, readAtMs: performance.now() } })
    if (attempt.state === 'open') return
    set({ phase: 'over' })
    finish()
  }
  const load = async (): Promise<Attempt> => {
    const attempt = await dataOf(api.GET('/api/v1/attempts/{attemptId}', { params, signal: inTime() }))
    read(attempt)
    return attempt
  }

  /** Begins or continues the session of the attempt, then everything else. */
  const start = async (): Promise<void> => {
    if (isStarting || closing.signal.aborted || view.phase === 'over') return
    isStarting = true
    try {
      const { examId, state } = await load()
      if (state !== 'open') return
      if (view.title === '') loadTitle(examId).catch(() => {})
      const { session } = await dataOf(
        api.POST('/api/v1/exams/{examId}/start', { params: { path: { examId } }, body: {}, signal: inTime() })
      )
      hasSession = true
      set({ phase: 'running', error: undefined })
      if (stream.view().link === undefined) {
        stream.connect()
        stream.openMicrophone().catch(() => {})
      } else if (stream.view().link === 'refused') stream.reconnect()
      loadQuestions().catch(() => {})
      loadThread(session.id).catch(() => {})
    } catch (error) {
      await onStartFailed(error as Error)
    } finally {
      isStarting = false
    }
  }
  const onStartFailed = async (error: Error): Promise<void> => {
    if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
      return set({ phase: 'refused', error })
    }
    if (error instanceof ApiError && error.retryAfterSeconds !== undefined) return countDown(error.retryAfterSeconds)
    const kept = view.questions === undefined ? await store.attempt() : undefined
    if (kept !== undefined) await showKept()
    if (view.questions === undefined) set({ error })
    else set({ phase: 'running', error: undefined })
    again(SOON_MS)
  }
  const countDown = (seconds: number): void => {
    set({ phase: view.questions === undefined ? 'full' : 'running', fullForSeconds: seconds })
    if (seconds <= 0) {
      start().catch(() => {})
      return
    }
    const timer = setTimeout(() => countDown(seconds - 1), 1000)
    closing.signal.addEventListener('abort', () => clearTimeout(timer))
  }
  /** What was written before this page was opened. */
  const loadThread = async (sessionId: string): Promise<void> => {
    const { messages } = await dataOf(api.GET('/api/v1/sessions/{sessionId}/messages', {
      params: { path: { sessionId }, query: { limit: MESSAGES_MAX } }
    }))
    const { notices, own } = splitThread(messages)
    stream.restoreThread(notices, own)
  }
  const loadTitle = async (examId: string): Promise<void> => {
    const { title, recording = 'none', keepsEvidence = false } =
      await dataOf(api.GET('/api/v1/exams/{examId}', { params: { path: { examId } } }))
    set({ title, recording, keepsEvidence })
    keepAttempt()
  }
  const keepAttempt = (): void => {
    const { attempt, questions, title } = view
    if (attempt === undefined || questions === undefined || attempt.state !== 'open') return
    store.keepAttempt({ attemptId, title, attempt, questions, keptAtMs: Date.now() })
  }

  /** Without a line: as this device knew the attempt last. */
  const showKept = async (): Promise<void> => {
    const kept = await store.attempt()
    if (kept === undefined || view.questions !== undefined || kept.attempt.userId !== userId) return
    const passedMs = Math.max(0, Date.now() - kept.keptAtMs)
    buffer.load([], await store.answers())
    set({
      title: kept.title,
      attempt: kept.attempt,
      questions: kept.questions,
      clock: { ...kept.attempt.clock, readAtMs: performance.now() - passedMs },
      flags: new Set(await store.flags())
    })
  }

  const loadQuestions = async (): Promise<void> => {
    clearTimeout(questionsTimer)
    const isFirst = view.questions === undefined || !hasLoaded
    if (!isFirst) return
    try {
      const [{ questions }, { answers }, kept, flags] = await Promise.all([
        dataOf(api.GET('/api/v1/attempts/{attemptId}/questions', { params, signal: inTime() })),
        dataOf(api.GET('/api/v1/attempts/{attemptId}/answers', { params, signal: inTime() })),
        store.answers(),
        store.flags()
      ])
      if (closing.signal.aborted) return
      hasLoaded = true
      buffer.load(answers, kept)
      set({ questions, hindrance: undefined, flags: new Set(flags) })
      keepAttempt()
    } catch (error) {
      const outcome = saveOutcome(error, undefined)
      if (outcome.kind === 'over') return refresh()
      const why = outcome.kind === 'later' ? outcome.why : 'line'
      set({ hindrance: why === 'login' ? 'line' : why })
      questionsTimer = setTimeout(() => { loadQuestions().catch(() => {}) }, SOON_MS)
    }
  }
  let hasLoaded = false

  /** No pictures are sent, whose missing answers would tell that the line is dead. */
  const isQuiet = (): boolean => {
    const { camera, state } = stream.view()
    return camera !== 'on' || state !== 'active'
  }

  /** Looks again how the attempt is, and again later. */
  const poll = async (): Promise<void> => {
    if (closing.signal.aborted || view.phase === 'over') return
    if (!hasSession) return await start()
    try {
      const { state } = await load()
      if (state === 'open' && !hasLoaded) await loadQuestions()
    } catch (error) {
      if (!(error instanceof ApiError) && isQuiet() && stream.view().link === 'open') stream.reconnect()
    }
    const { clock } = view
    const leftMs = clock === undefined ? null : remainingAt(clock, performance.now())
    const pollMs = isQuiet() ? QUIET_POLL_MS : POLL_MS
    again(leftMs === null ? pollMs : leftMs === 0 ? SOON_MS : Math.min(pollMs, leftMs + 500))
  }
  const again = (ms: number): void => {
    clearTimeout(pollTimer)
    if (closing.signal.aborted || view.phase === 'over') return
    const dueAtMs = Date.now() + ms
    pollTimer = setTimeout(() => {
      if (Date.now() - dueAtMs > SLEPT_MS) wake()
      poll().catch(() => {})
    }, ms)
  }
  const refresh = (): void => again(0)
  /** The line may be back. */
  const wake = (): void => {
    buffer.sendNow()
    if (stream.view().link === 'waiting') stream.reconnect()
  }

  const loadPause = async (): Promise<void> => {
    const { pauses } = await dataOf(api.GET('/api/v1/exam/summary/{userId}', { params: { path: { userId } } }))
    const pause = pauses.find(({ endedAtMs }) => endedAtMs === null)
    if (stream.view().state !== 'paused' || pause === undefined) return
    const by = pause.by === userId ? 'me' : pause.by === 'system' ? 'system' : 'staff'
    set({ pause: { by, sinceMs: pause.startedAtMs } })
  }
  let before = stream.view()
  stream.subscribe(() => {
    const now = stream.view()
    const { link, state, closeCode, camera } = before
    before = now
    if (now.link === 'open' && link !== 'open') {
      buffer.sendNow()
      refresh()
    }
    if (now.camera !== camera) refresh()
    if (now.state !== state) {
      if (now.state === 'paused') loadPause().catch(() => {})
      else set({ pause: undefined })
      if (now.state === 'active') buffer.sendNow()
      refresh()
    }
    const isSessionGone = now.link === 'refused' && (now.closeCode === 1000 || now.closeCode === 4404)
    if (isSessionGone && (link !== 'refused' || closeCode !== now.closeCode)) {
      // It ended or was replaced. The attempt may be open still, and then a new session continues it.
      hasSession = false
      again(now.closeCode === 1000 ? 500 : 0)
    }
  })

  const finish = (): void => {
    buffer.close()
    stream.disconnect()
    clearTimeout(pollTimer)
    store.clear().catch(() => {})
  }

  return {
    stream,
    buffer,
    view: () => view,
    subscribe (listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    subscribeAnswers (listener) {
      answerListeners.add(listener)
      return () => answerListeners.delete(listener)
    },
    open (video) {
      stream.openCamera(video).catch(() => {})
      const { signal } = closing
      addEventListener('online', () => { wake(); refresh() }, { signal })
      document.addEventListener('visibilitychange', () => { if (!document.hidden) { wake(); refresh() } }, { signal })
      const devices = navigator.mediaDevices as MediaDevices | undefined
      devices?.addEventListener('devicechange', () => {
        if (['gone', 'none'].includes(stream.view().camera)) stream.openCamera(video).catch(() => {})
        if (['gone', 'none'].includes(stream.view().microphone)) stream.openMicrophone().catch(() => {})
      }, { signal })
      start().catch(() => {})
    },
    retry () {
      set({ phase: 'loading', error: undefined })
      start().catch(() => {})
    },
    refresh,
    setFlag (questionId, isOn) {
      const flags = new Set(view.flags)
      if (isOn) flags.add(questionId)
      else flags.delete(questionId)
      set({ flags })
      store.keepFlags([...flags])
    },
    finish () {
      set({ phase: 'over' })
      finish()
    },
    close () {
      closing.abort()
      clearTimeout(pollTimer)
      clearTimeout(questionsTimer)
      buffer.close()
      stream.close()
      listeners.clear()
      answerListeners.clear()
    }
  }
}
