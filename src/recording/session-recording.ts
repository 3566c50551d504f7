import { newId, type EventRow } from '../../db/index.ts'
import { RULES } from '../../detection/events/rules.ts'
import { readVp8 } from '../../detection/video/vp8.ts'
import type { Counters } from '../counters.ts'
import { isKnown } from '../protocol/event-report.ts'
import { IncidentClips } from './incident-clips.ts'
import { IncidentPictures, type OfferedPicture, type RuleScore } from './incident-pictures.ts'
import type { EvidenceAbout, OpenPart, PartAbout } from './journal.ts'
import { MediaClock } from './media-clock.ts'
import { MediaRing, type Kept } from './media-ring.ts'
import { StoryboardPace } from './storyboard.ts'

/** What a session records, and whose it is. */
export interface RecordedSession {
  readonly id: string
  readonly userId: string
  readonly examId: string | null
  readonly mode: 'none' | 'incidents' | 'full'
  /** Counts what is kept of single incidents; absent: nothing is. */
  readonly evidence?: Counters['evidence'] | undefined
  /** Counts the small pictures of the recording. */
  readonly storyboard: Counters['storyboard']
}

export interface SessionRecordingDeps {
  readonly beginPart: (about: PartAbout) => OpenPart
}

/** What of the time before and after incidents goes into the recording with the mode `incidents`. */
const BEFORE_MS = 5_000
const AFTER_MS = 10_000
/** Incidents of one session that evidence is kept of. */
const INCIDENTS_MAX = 300
/** An event of a time longer ago than this has no media any more. */
const LATE_MS = 30_000

/**
 * Decides what of one session is recorded, and cuts it into parts: a new part for each connection, for each size of
 * the picture, and between video and single pictures. Evidence of incidents is cut out of the same media.
 */
export class SessionRecording {
  readonly #session: RecordedSession
  readonly #deps: SessionRecordingDeps
  #part: OpenPart | undefined
  #partStartedAtMs = 0
  #source: unknown
  #shape = ''
  #newestMs = -Infinity
  readonly #clock = new MediaClock()
  #isOver = false
  readonly #ring = new MediaRing()
  /** `incidents`: until when pictures are recorded; Infinity while an incident is open. */
  #untilMs = -Infinity
  readonly #clips: IncidentClips
  readonly #pictures: IncidentPictures
  readonly #storyboard: StoryboardPace
  #incidents = 0

  constructor (session: RecordedSession, deps: SessionRecordingDeps) {
    this.#session = session
    this.#deps = deps
    this.#storyboard = new StoryboardPace(session.storyboard)
    this.#clips = new IncidentClips((about, startedAtMs) => this.#beginEvidence(about, startedAtMs))
    this.#pictures = new IncidentPictures(({ eventId }, { atMs, jpeg, seen }) => {
      const part = this.#beginEvidence({ eventId, kind: 'picture', atMs, seen }, atMs)
      part.media('picture', atMs, jpeg)
      part.end()
    })
  }

  /** Whether the next analysis should also make a picture. */
  get wantsPicture (): boolean {
    return this.#pictures.isWanted && !this.#isOver
  }

  /**
   * Whether the analysis of a frame should also make a picture for the storyboard. It holds only moments that are
   * recorded: it shows nothing that the recording does not show, and the consent is the same.
   */
  wantsTile (atMs: number): boolean {
    return this.#part !== undefined && this.#storyboard.isDue(atMs)
  }

  get keepsEvidence (): boolean {
    return this.#session.evidence !== undefined
  }

  /** An accepted video chunk. `source` is the connection, `claimedMs` the client's capture time. */
  video (
    source: unknown, chunk: { readonly bytes: Uint8Array, readonly isKey: boolean }, atMs: number, claimedMs?: number
  ): void {
    if (this.#isOver) return
    const { bytes, isKey } = chunk
    const size = isKey ? readVp8(bytes)?.size : undefined
    if (isKey && size === undefined) return
    this.#cut(source, size === undefined ? undefined : `vp8 ${size.width}x${size.height}`)
    this.#add({ kind: isKey ? 'key' : 'video', atMs: this.#clock.at(claimedMs, atMs), bytes })
  }

  /** An accepted single picture. */
  picture (source: unknown, bytes: Uint8Array, atMs: number, claimedMs?: number): void {
    if (this.#isOver) return
    this.#cut(source, 'picture')
    this.#add({ kind: 'picture', atMs: this.#clock.at(claimedMs, atMs), bytes })
  }

  sound (pcm: Float32Array, judgedMs: number, claimedMs?: number): void {
    if (this.#isOver) return
    const atMs = this.#clock.at(claimedMs, judgedMs)
    this.#keep({ kind: 'pcm', atMs, pcm })
    if (this.#isWanted(atMs)) this.#part?.sound(atMs, pcm)
  }

  /** A second has passed, and so many incidents of the session are open now. */
  tick (openIncidents: number, nowMs: number): void {
    if (this.#isOver) return
    this.#clips.endDue(nowMs)
    this.#pictures.settle(nowMs)
    if (this.#session.mode !== 'incidents') return
    if (openIncidents > 0) {
      this.#untilMs = Infinity
      if (this.#part === undefined) this.#beginFromRing(nowMs)
    } else if (this.#untilMs === Infinity) {
      this.#untilMs = nowMs + AFTER_MS
    } else if (nowMs > this.#untilMs) {
      this.#endPart()
    }
  }

  /** Events were raised. */
  noted (rows: ReadonlyArray<Pick<EventRow, 'id' | 'kind' | 'phase' | 'class' | 'incident' | 'atMs'>>, nowMs: number): void {
    if (this.#isOver) return
    for (const { id, kind, phase, class: kindClass, incident, atMs } of rows) {
      if (kindClass !== 'integrity') continue
      if (phase === 'end') {
        this.#clips.ended(incident, atMs)
        this.#pictures.ended(incident)
      } else {
        if (phase === 'instant') this.#recordInstant(nowMs)
        if (this.keepsEvidence && nowMs - atMs < LATE_MS) this.#keepOf({ id, kind, incident, atMs }, phase === 'start')
      }
    }
  }

  /** A picture of a frame; the judge says of the same frame what it is worth (`scored`). */
  offerPicture (picture: OfferedPicture): void {
    if (!this.#isOver) this.#pictures.offer(picture)
  }

  /** A picture for the storyboard. Its part may have ended since the frame went to the worker. */
  addTile (jpeg: Uint8Array, atMs: number): void {
    if (this.#part === undefined || atMs < this.#partStartedAtMs) return
    this.#part.media('tile', atMs, jpeg)
    this.#storyboard.kept(atMs)
  }

  scored (scores: readonly RuleScore[], atMs: number): void {
    if (!this.#isOver) this.#pictures.scored(scores, atMs)
  }

  /** The connection is gone: its part ends. */
  disconnected (): void {
    this.#endPart()
    this.#endEvidence()
    this.#clock.reset()
    this.#source = undefined
  }

  /** Nothing more is recorded. */
  end (): void {
    this.disconnected()
    this.#isOver = true
  }

  #keepOf ({ id: eventId, kind, incident, atMs }: Pick<EventRow, 'id' | 'kind' | 'incident' | 'atMs'>, isLasting: boolean): void {
    const counts = this.#session.evidence!
    this.#incidents++
    const media = isKnown(kind) && RULES[kind].source === 'sound' ? 'sound' : 'clip'
    const isFull = this.#incidents > INCIDENTS_MAX
    if (isFull || !this.#clips.begin({ eventId, kind: media, incident, atMs, isLasting }, this.#ring)) counts.skipped++
    if (isFull || !this.#pictures.began(incident, { eventId, kind, atMs }, isLasting)) counts.skipped++
  }

  /** An incident without duration: with the mode `incidents` the time around it is recorded. */
  #recordInstant (nowMs: number): void {
    if (this.#session.mode !== 'incidents' || this.#untilMs === Infinity) return
    this.#untilMs = nowMs + AFTER_MS
    if (this.#part === undefined) this.#beginFromRing(nowMs)
  }

  #isWanted (atMs: number): boolean {
    const { mode } = this.#session
    return mode === 'full' || (mode === 'incidents' && atMs <= this.#untilMs)
  }

  /** Ends the part where a new one must begin. */
  #cut (source: unknown, shape: string | undefined): void {
    if (source === this.#source && (shape === undefined || shape === this.#shape)) return
    this.#endPart()
    this.#endEvidence()
    if (source !== this.#source) this.#clock.reset()
    this.#source = source
    this.#shape = shape ?? ''
  }

  #add (given: Kept & { readonly kind: 'key' | 'video' | 'picture' }): void {
    // A file has rising times only.
    const kept = { ...given, atMs: Math.max(given.atMs, this.#newestMs + 1) }
    this.#newestMs = kept.atMs
    this.#keep(kept)
    if (!this.#isWanted(kept.atMs)) return this.#endPart()
    if (this.#part === undefined) {
      // It begins with a picture that needs none before it.
      if (kept.kind === 'video') return
      if (this.#session.mode === 'incidents') return this.#beginFromRing(kept.atMs)
      this.#begin(kept.atMs)
    }
    this.#part?.media(kept.kind, kept.atMs, kept.bytes)
  }

  #begin (atMs: number): void {
    this.#part = this.#deps.beginPart(this.#about(atMs))
    this.#partStartedAtMs = atMs
  }

  #about (startedAtMs: number): PartAbout {
    const { id: sessionId, userId, examId, mode } = this.#session
    return {
      id: newId(), sessionId, userId, examId, mode: mode === 'none' ? 'incidents' : mode, startedAtMs: Math.round(startedAtMs)
    }
  }

  #beginEvidence (evidence: EvidenceAbout, startedAtMs: number): OpenPart {
    return this.#deps.beginPart({ ...this.#about(startedAtMs), evidence })
  }

  /** Begins with the newest key frame that is at least five seconds old, or with the oldest there is. */
  #beginFromRing (nowMs: number): void {
    const [first, ...rest] = this.#ring.from(nowMs - BEFORE_MS)
    if (first === undefined) return
    this.#begin(first.atMs)
    for (const kept of [first, ...rest]) {
      if (kept.kind === 'pcm') this.#part?.sound(kept.atMs, kept.pcm)
      else this.#part?.media(kept.kind, kept.atMs, kept.bytes)
    }
  }

  #keep (kept: Kept): void {
    if (this.#session.mode === 'incidents' || this.keepsEvidence) this.#ring.add(kept)
    this.#clips.add(kept)
  }

  #endEvidence (): void {
    this.#ring.clear()
    this.#clips.endAll()
    this.#pictures.end()
  }

  #endPart (): void {
    this.#part?.end()
    this.#part = undefined
  }
}
