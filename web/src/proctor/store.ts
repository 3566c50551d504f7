/** The candidates of one exam as the proctor's socket tells of them, outside of React: a tile draws only itself. */
import { openSocket, type Link, type Socket } from '../live/socket.ts'
import { newIn, orderQueue } from './logic/attention.ts'
import { createDelayed, type Delayed } from './logic/delayed.ts'
import type { Facts } from './logic/facts.ts'
import {
  candidateAttention, foldRoom, seenFinding, type Candidate, type RoomMessage, type ThreadMessage
} from './logic/room.ts'

/** Before every id: a subscription after it sends all stored events. */
const BEGINNING = '00000000-0000-7000-8000-000000000000'
/** The address's word for sessions without an exam. */
export const NO_EXAM = 'none'
/** How often the queue is sorted at most. */
const SORT_MS = 5_000
const TICK_MS = 1_000
/** So long an end can be taken back: it is sent afterwards, because the server cannot open a handed-in exam again. */
export const UNDO_MS = 5_000
/** Repeated while a candidate is open: the server forgets it after 15 s. */
const LOOK_MS = 10_000

export interface Answer {
  readonly type: 'done' | 'error'
  readonly message?: string
  readonly code?: string
  readonly delivered?: boolean
}

/** A confirmed end of a session, which is sent after `UNDO_MS`. */
export interface PlannedEnd {
  readonly sessionId: string
  readonly text: string
  /** The server's answer, once it was sent. */
  onAnswer (answer: Answer): void
}

type Message = RoomMessage | (Answer & { readonly ref?: string })

export class ConsoleStore {
  readonly #examId: string
  readonly #socket: Socket
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #candidates = new Map<string, Candidate>()
  readonly #answers = new Map<string, (answer: Answer) => void>()
  readonly #timer: ReturnType<typeof setInterval>
  #after = BEGINNING
  #asked = 0
  #ids: readonly string[] = []
  #queue: readonly string[] = []
  #seen: readonly string[] = []
  #newInQueue = 0
  #sortedAtMs = 0
  #facts: Facts | undefined
  #lookingAt: string | undefined
  #lookedAtMs = 0
  #link: Link = 'connecting'
  #lostAtMs: number | undefined
  #isLoaded = false
  #isRefused = false
  readonly #ends = createDelayed<PlannedEnd>({
    delayMs: UNDO_MS,
    run: ({ sessionId, text, onAnswer }) => {
      this.act({ type: 'terminate', sessionId, text }).then(onAnswer, () => {})
    },
    onChange: () => this.#tell('ends')
  })

  /** Pointer or focus is in the queue, or it is scrolled: it must not move. */
  isQueueHeld = false
  #nowMs = Date.now()

  constructor (examId: string) {
    this.#examId = examId
    this.#socket = openSocket({
      path: '/ws/monitor',
      onLink: link => {
        if (link === 'open') this.#lostAtMs = undefined
        else this.#lostAtMs ??= Date.now()
        this.#link = link
        if (link === 'refused') this.#isRefused = true
        this.#tell('link')
      },
      onOpen: () => { this.#subscribe() },
      onMessage: message => this.#onMessage(message as Message)
    })
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    window.addEventListener('pagehide', this.#onLeave)
  }

  readonly #onLeave = (): void => this.#ends.flush()

  close (): void {
    this.#ends.flush()
    window.removeEventListener('pagehide', this.#onLeave)
    clearInterval(this.#timer)
    this.#socket.close()
  }

  subscribe (key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(listener))
    return () => { listeners.delete(listener) }
  }

  candidate = (sessionId: string): Candidate | undefined => this.#candidates.get(sessionId)
  /** In the order in which they came: a face keeps its place on the wall. */
  get ids (): readonly string[] { return this.#ids }
  get queue (): readonly string[] { return this.#queue }
  /** Candidates who are not in the queue because staff have seen what happened. */
  get seen (): readonly string[] { return this.#seen }
  /** Candidates who belong into the queue, which stands still. */
  get newInQueue (): number { return this.#newInQueue }
  get facts (): Facts | undefined { return this.#facts }
  /** Ends that can still be taken back. */
  get ends (): ReadonlyArray<Delayed<PlannedEnd>> { return this.#ends.waiting }
  /** The server does not let this account watch here; the socket does not try again. */
  get isRefused (): boolean { return this.#isRefused }
  get link (): Link { return this.#link }
  /** Since when nothing is known any more. */
  get lostAtMs (): number | undefined { return this.#lostAtMs }
  /** The stored events have come. */
  get isLoaded (): boolean { return this.#isLoaded }
  get nowMs (): number { return this.#nowMs }

  /** Sends an action and settles with the server's answer. */
  async act (action: object): Promise<Answer> {
    const ref = `a${++this.#asked}`
    const answered = new Promise<Answer>(resolve => { this.#answers.set(ref, resolve) })
    if (!this.#socket.send(JSON.stringify({ ...action, ref }))) {
      this.#answers.delete(ref)
      return { type: 'error', code: 'NOT_SENT' }
    }
    return await answered
  }

  setFacts (facts: Facts): void {
    this.#facts = facts
    this.#tell('facts')
  }

  endLater (end: PlannedEnd): void { this.#ends.add(end.sessionId, end) }
  undoEnd (sessionId: string): void { this.#ends.undo(sessionId) }

  /** The candidate in the panel: others see who looks, and pictures are larger. */
  look (sessionId: string | undefined): void {
    if (this.#lookingAt === sessionId) return
    this.#lookingAt = sessionId
    this.#sendLook()
    const candidate = sessionId === undefined ? undefined : this.#candidates.get(sessionId)
    if (candidate?.calledAtMs !== undefined) this.#put({ ...candidate, calledAtMs: undefined })
  }

  addThread (sessionId: string, data: readonly ThreadMessage[]): void {
    this.#onMessage({ type: 'messages', sessionId, data })
  }

  #sendLook (): void {
    this.#lookedAtMs = Date.now()
    this.#socket.send(JSON.stringify({ type: 'looking', sessionId: this.#lookingAt ?? null }))
  }

  #subscribe (): void {
    const isNone = this.#examId === NO_EXAM
    const scope = isNone ? { all: true } : { exams: [this.#examId], after: this.#after }
    this.act({ type: 'subscribe', ...scope }).then(async answer => {
      if (answer.code === 'INVIGIL_ERR_NOT_YOURS' || answer.code === 'INVIGIL_ERR_MESSAGE_INVALID') {
        this.#isRefused = true
        this.#tell('link')
        return
      }
      // Only these sessions' events are wanted, and not all that there ever were.
      const sessions = [...this.#candidates.keys()].slice(0, 1_000)
      if (isNone && sessions.length > 0) await this.act({ type: 'subscribe', sessions, after: this.#after })
      this.#isLoaded = true
      this.#sort(true)
      this.#tell('room')
    }).catch(() => {})
    if (this.#lookingAt !== undefined) this.#sendLook()
  }

  #onMessage (message: Message): void {
    if (isAnswer(message)) {
      if (message.ref === undefined) return
      this.#answers.get(message.ref)?.(message)
      this.#answers.delete(message.ref)
      return
    }
    if (message.type === 'session' && this.#examId === NO_EXAM && message.examId !== null) return
    const before = this.#candidates.get(message.sessionId)
    const after = foldRoom(before, message, Date.now())
    if (message.type === 'logs') this.#after = maxId(this.#after, message.data.at(-1)?.id)
    if (after === undefined || after === before) return
    this.#put(after)
  }

  #put (candidate: Candidate): void {
    const { sessionId } = candidate.session
    const before = this.#candidates.get(sessionId)?.session
    const isNew = before === undefined
    this.#candidates.set(sessionId, candidate)
    if (isNew) {
      this.#ids = [...this.#candidates.values()]
        .sort((a, b) => (a.session.sessionId < b.session.sessionId ? -1 : 1))
        .map(({ session }) => session.sessionId)
      this.#tell('room')
      // What such a session did before this message is stored; exams are subscribed to as a whole.
      if (this.#examId === NO_EXAM && this.#isLoaded) {
        this.act({ type: 'subscribe', sessions: [sessionId], after: BEGINNING }).catch(() => {})
      }
    }
    if (before?.state !== candidate.session.state) this.#tell('states')
    this.#tell(sessionId)
  }

  #tick (): void {
    this.#nowMs = Date.now()
    if (this.#lookingAt !== undefined && this.#nowMs - this.#lookedAtMs >= LOOK_MS) this.#sendLook()
    for (const [ref, settle] of this.#answers) {
      if (this.#link === 'open') break
      settle({ type: 'error', code: 'NOT_SENT' })
      this.#answers.delete(ref)
    }
    this.#sort(false)
    this.#tell('tick')
  }

  #sort (isForced: boolean): void {
    const nowMs = Date.now()
    if (!isForced && nowMs - this.#sortedAtMs < SORT_MS) return
    this.#sortedAtMs = nowMs
    const scores = new Map<string, number>()
    for (const [id, candidate] of this.#candidates) scores.set(id, candidateAttention(candidate, nowMs))
    if (isForced || !this.isQueueHeld) this.#queue = orderQueue(this.#queue, scores)
    this.#newInQueue = newIn(this.#queue, scores)
    const queued = new Set(this.#queue)
    this.#seen = this.#ids.filter(id => !queued.has(id) && seenFinding(this.#candidates.get(id)!, nowMs) !== undefined)
    this.#tell('queue')
  }

  /** Sorts the queue at once, because the proctor has done something. */
  sortNow (): void {
    this.#sort(true)
  }

  #tell (key: string): void {
    for (const listener of this.#listeners.get(key) ?? []) listener()
  }
}

const isAnswer = (message: Message): message is Answer & { readonly ref?: string } =>
  message.type === 'done' || message.type === 'error'

const maxId = (a: string, b: string | undefined): string => b !== undefined && b > a ? b : a
