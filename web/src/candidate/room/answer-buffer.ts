/**
 * The answers of one attempt as the page holds them: what was typed, what the server has, and what is still to be sent.
 * Each change gets a higher `clientSeq`, so that repeated and late requests do no harm. Answers that could not be sent
 * stay in `store` and are sent again: after a pause, and at once when `sendNow` is called.
 */
import type { SavedAnswer } from '../types.ts'

/** An answer as this device keeps it. */
export interface KeptAnswer {
  readonly questionId: string
  readonly value: unknown
  readonly clientSeq: number
  /** The highest `clientSeq` that the server has; equal to `clientSeq`: nothing is to be sent. */
  readonly savedSeq: number
  readonly savedAtMs: number | undefined
  /** Of a number question: the number that the server read. */
  readonly understood: string | null | undefined
}

export interface BufferedAnswer extends KeptAnswer {
  /** Why the server does not take it; it is sent again when it was changed. */
  readonly refusal: string | undefined
  /** The server has another value that came from another window. The candidate chooses. */
  readonly conflict: { readonly value: unknown, readonly clientSeq: number } | undefined
}

/** How sending one answer ended. `later`: not now; why is the reason. `over`: the attempt takes no more answers. */
export type Outcome =
  | { readonly kind: 'saved', readonly savedAtMs: number, readonly understood?: string | null | undefined }
  | { readonly kind: 'later', readonly why: Delay }
  | { readonly kind: 'refused', readonly message: string }
  | { readonly kind: 'conflict', readonly value: unknown, readonly clientSeq: number }
  | { readonly kind: 'over' }

export type Delay = 'line' | 'unseen' | 'paused' | 'login'

export interface BufferView {
  readonly answers: ReadonlyMap<string, BufferedAnswer>
  /** Number of answers that the server does not have yet. */
  readonly unsaved: number
  /** Why the last try did not reach the server's store; undefined: it did. */
  readonly delay: Delay | undefined
  readonly savedAtMs: number | undefined
  readonly isOver: boolean
}

interface Options {
  save (questionId: string, value: unknown, clientSeq: number): Promise<Outcome>
  /** Keeps an answer on this device. */
  keep (answer: KeptAnswer): void
  onChange (): void
}

export interface AnswerBuffer {
  view (): BufferView
  /** Takes what the server has and what this device kept from before. */
  load (server: readonly SavedAnswer[], kept: readonly KeptAnswer[]): void
  /** `isTyped`: more will follow soon, so it is sent when the typing pauses. */
  set (questionId: string, value: unknown, isTyped: boolean): void
  /** Settles a conflict: with the value of this page, or with the server's. */
  settle (questionId: string, which: 'mine' | 'theirs'): void
  sendNow (): void
  /** Resolves when everything that can be sent was sent, or at the first failure. */
  flush (): Promise<void>
  close (): void
}

export const TYPING_MS = 700
/** Who types on and on is saved meanwhile. */
export const TYPING_MS_MAX = 5000
const RETRY_FIRST_MS = 1000
const RETRY_LAST_MS = 15_000

export function createAnswerBuffer ({ save, keep, onChange }: Options): AnswerBuffer {
  const answers = new Map<string, BufferedAnswer>()
  /** When each unsent answer is due. */
  const due = new Map<string, { readonly atMs: number, readonly sinceMs: number }>()
  let view: BufferView = { answers, unsaved: 0, delay: undefined, savedAtMs: undefined, isOver: false }
  let timer: ReturnType<typeof setTimeout> | undefined
  let retryMs = RETRY_FIRST_MS
  let sending: Promise<void> | undefined
  let closed = false

  const show = (change: Partial<Pick<BufferView, 'delay' | 'savedAtMs' | 'isOver'>> = {}): void => {
    const unsaved = [...answers.values()].filter(answer => answer.savedSeq < answer.clientSeq).length
    view = { ...view, ...change, answers: new Map(answers), unsaved }
    onChange()
  }
  const put = (answer: BufferedAnswer): void => {
    answers.set(answer.questionId, answer)
    const { refusal, conflict, ...kept } = answer
    keep(kept)
  }
  const maySend = (answer: BufferedAnswer | undefined): answer is BufferedAnswer =>
    answer !== undefined && answer.savedSeq < answer.clientSeq &&
    answer.refusal === undefined && answer.conflict === undefined

  /** Wakes when the next answer is due. */
  const schedule = (): void => {
    clearTimeout(timer)
    if (closed || view.isOver || due.size === 0) return
    const next = Math.min(...[...due.values()].map(({ atMs }) => atMs))
    timer = setTimeout(() => { pump(false).catch(() => {}) }, Math.max(0, next - Date.now()))
  }
  const makeDue = (questionId: string, delayMs: number): void => {
    const nowMs = Date.now()
    const sinceMs = due.get(questionId)?.sinceMs ?? nowMs
    due.set(questionId, { sinceMs, atMs: Math.min(nowMs + delayMs, sinceMs + TYPING_MS_MAX) })
  }

  /** Sends what is due, one after the other; `isAll`: also what is still being typed. */
  const pump = (isAll: boolean): Promise<void> => {
    if (sending !== undefined) return isAll ? sending.then(() => pump(true)) : sending
    sending = run(isAll).finally(() => {
      sending = undefined
      schedule()
    })
    return sending
  }
  const run = async (isAll: boolean): Promise<void> => {
    for (;;) {
      const nowMs = Date.now()
      const questionId = [...due].find(([, { atMs }]) => isAll || atMs <= nowMs)?.[0]
      if (questionId === undefined || closed || view.isOver) return
      due.delete(questionId)
      const answer = answers.get(questionId)
      if (!maySend(answer)) continue
      const outcome = await save(questionId, answer.value, answer.clientSeq)
        .catch((): Outcome => ({ kind: 'later', why: 'line' }))
      if (!onOutcome(answer, outcome)) return
    }
  }
  /** Returns whether to go on with the next one. */
  const onOutcome = ({ questionId, clientSeq }: BufferedAnswer, outcome: Outcome): boolean => {
    const now = answers.get(questionId)!
    const isSame = now.clientSeq === clientSeq
    switch (outcome.kind) {
      case 'saved':
        retryMs = RETRY_FIRST_MS
        put({
          ...now,
          savedSeq: clientSeq,
          savedAtMs: outcome.savedAtMs,
          understood: isSame ? outcome.understood : now.understood
        })
        show({ delay: undefined, savedAtMs: outcome.savedAtMs })
        return true
      case 'later':
        due.set(questionId, { sinceMs: Date.now(), atMs: 0 })
        delayAll()
        show({ delay: outcome.why })
        return false
      case 'refused':
        if (isSame) answers.set(questionId, { ...now, refusal: outcome.message, understood: undefined })
        show({ delay: undefined })
        return true
      case 'conflict':
        answers.set(questionId, { ...now, conflict: { value: outcome.value, clientSeq: outcome.clientSeq } })
        show({ delay: undefined })
        return true
      case 'over':
        show({ isOver: true })
        return false
    }
  }
  const delayAll = (): void => {
    const atMs = Date.now() + retryMs
    for (const [questionId, { sinceMs }] of due) due.set(questionId, { sinceMs, atMs })
    retryMs = Math.min(RETRY_LAST_MS, retryMs * 2)
  }

  return {
    view: () => view,
    load (server, kept) {
      const stored = new Map(kept.map(answer => [answer.questionId, answer]))
      for (const { questionId, value, clientSeq, savedAtMs, understood } of server) {
        const theirs = { questionId, value, clientSeq, savedSeq: clientSeq, savedAtMs, understood }
        const mine = stored.get(questionId)
        stored.delete(questionId)
        const isUnsent = mine !== undefined && mine.savedSeq < mine.clientSeq
        const isDifferent = isUnsent && JSON.stringify(mine.value) !== JSON.stringify(value)
        if (!isDifferent) put({ ...theirs, refusal: undefined, conflict: undefined })
        else {
          const isOlder = clientSeq <= mine.savedSeq
          put({ ...mine, refusal: undefined, conflict: isOlder ? undefined : { value, clientSeq } })
        }
      }
      for (const mine of stored.values()) {
        answers.set(mine.questionId, { ...mine, refusal: undefined, conflict: undefined })
      }
      for (const answer of answers.values()) if (maySend(answer)) makeDue(answer.questionId, 0)
      show({
        savedAtMs: [...answers.values()].reduce<number | undefined>(
          (newest, { savedAtMs }) => newest === undefined || (savedAtMs ?? 0) > newest ? savedAtMs : newest, undefined)
      })
      schedule()
    },
    set (questionId, value, isTyped) {
      const before = answers.get(questionId)
      if (before !== undefined && JSON.stringify(before.value) === JSON.stringify(value)) return
      put({
        questionId,
        value,
        clientSeq: Math.max(before?.clientSeq ?? 0, before?.conflict?.clientSeq ?? 0) + 1,
        savedSeq: before?.savedSeq ?? 0,
        savedAtMs: before?.savedAtMs,
        understood: undefined,
        refusal: undefined,
        conflict: undefined
      })
      makeDue(questionId, isTyped ? TYPING_MS : 0)
      show()
      schedule()
    },
    settle (questionId, which) {
      const answer = answers.get(questionId)
      if (answer?.conflict === undefined) return
      const { value, clientSeq } = answer.conflict
      put({
        ...answer,
        conflict: undefined,
        ...(which === 'mine'
          ? { clientSeq: Math.max(answer.clientSeq, clientSeq) + 1, savedSeq: clientSeq }
          : { value, clientSeq, savedSeq: clientSeq })
      })
      if (which === 'mine') makeDue(questionId, 0)
      show()
      schedule()
    },
    sendNow () {
      retryMs = RETRY_FIRST_MS
      for (const [questionId, { sinceMs }] of due) due.set(questionId, { sinceMs, atMs: 0 })
      schedule()
    },
    flush: () => pump(true),
    close () {
      closed = true
      clearTimeout(timer)
    }
  }
}
