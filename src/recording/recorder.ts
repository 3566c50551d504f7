import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { acquirePlace, DatabaseError, newId, type Database } from '../../db/index.ts'
import type { MediaVault } from '../storage/media-vault.ts'
import { StorageError } from '../storage/storage.ts'
import { readHead, type OpenPart, type PartAbout } from './journal.ts'
import type { FinalizedPart } from './finalize.ts'
import type { FromThread } from './messages.ts'
import { ScreenRecording, type ScreenOf } from './screen-recording.ts'
import { SessionRecording, type RecordedSession } from './session-recording.ts'
import { RecorderThread } from './thread.ts'

export interface RecorderOptions {
  readonly db: Pick<Database, 'recordings' | 'evidence' | 'mediaKeys'>
  readonly vault: MediaVault
  /** `DATA_DIR/recordings`: what is being recorded and not yet in the store. */
  readonly folder: string
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  readonly now?: () => number
}

export interface Recorder {
  /**
   * Starts the recording of a session. `onFailure` is called once if it stops for a fault of the server, and once if
   * evidence cannot be kept; the exam goes on.
   */
  open (session: RecordedSession, onFailure: (code: string, of: 'recording' | 'evidence') => void): SessionRecording
  /** Starts the recording of a session's screen; `onFailure` as of `open`. */
  openScreen (session: ScreenOf, onFailure: (code: string) => void): ScreenRecording
  /** Makes files of the parts that processes left which are no longer there. */
  adopt (): Promise<void>
  /** Settles when everything that has ended so far is stored, or could not be. */
  idle (): Promise<void>
  /** Ends all parts and flushes them; what is not stored by then is at the next start. */
  close (): Promise<void>
}

const ADOPT_EVERY_MS = 5 * 60_000
const RETRY_MS = 60_000
/** Parts nothing was heard of for so long, whose file no gateway has: the disk is gone. */
const LOST_MS = 48 * 3_600_000
/** How long `close` waits for the threads. */
const CLOSE_MS = 3000
/** Pieces of evidence that wait for their file or the store; beyond it none begin. */
const EVIDENCE_WAITING_MAX = 500
const SUFFIX = '.part'
const LOCK = 'lock'

interface Part {
  readonly about: PartAbout
  readonly path: string
  readonly onFailure: (code: string) => void
  hasEnded: boolean
}

export const storageKeyOf = ({ id, sessionId, evidence }: Pick<PartAbout, 'id' | 'sessionId' | 'evidence'>): string =>
  evidence === undefined
    ? `${sessionId}/recordings/${id}.webm`
    : `${sessionId}/evidence/${id}.${evidence.kind === 'picture' ? 'jpg' : 'webm'}`

export function createRecorder ({ db, vault, folder, log, now = Date.now }: RecorderOptions): Recorder {
  /** A folder for each process, so that several gateways may share a disk; its lock says whether the process lives. */
  const own = join(folder, newId())
  const parts = new Map<string, Part>()
  const finalizing = new Map<string, (result: FinalizedPart | null | { readonly code: string }) => void>()
  let place: Promise<() => Promise<void>> | undefined
  let queue: Promise<void> = Promise.resolve()
  let isClosed = false
  const endedListeners = new Map<string, () => void>()
  const evidenceWaiting = new Set<string>()

  const writer = new RecorderThread(onMessage, error => {
    log.error({ err: error }, 'recording thread ended, its recordings stop')
    for (const [id, part] of [...parts]) {
      fail(id, part, 'thread_lost')
      finish(id)
    }
  })
  const finalizer = new RecorderThread(onMessage, error => {
    log.error({ err: error }, 'finalizing thread ended, it is tried again')
    for (const settle of finalizing.values()) settle({ code: 'thread_lost' })
  })
  const adopting = setInterval(() => { adopt().catch(error => log.warn({ err: error }, 'recordings not adopted')) }, ADOPT_EVERY_MS)
  adopting.unref()

  function onMessage (message: FromThread): void {
    const { id } = message
    const part = parts.get(id)
    switch (message.type) {
      case 'begun':
        // Not before: the row of a part without a file would say for days that it is being recorded.
        if (part !== undefined) {
          addRow(part.about).catch(error => log.warn({ err: error, id }, 'row of a recording not written, it is at the end'))
        }
        return
      case 'failed':
        log.error({ id, code: message.code }, 'recording stopped: it cannot be written')
        if (part !== undefined) fail(id, part, message.code === 'ENOSPC' ? 'disk_full' : 'write_failed')
        return
      case 'ended':
        return finish(id)
      case 'finalized':
        return finalizing.get(id)?.(message.part)
      case 'unfinalized':
        return finalizing.get(id)?.({ code: message.code })
    }
  }

  function fail (id: string, part: Part, code: string): void {
    failures.set(id, code)
    part.onFailure(code)
    if (!part.hasEnded) {
      part.hasEnded = true
      writer.send({ type: 'end', id })
    }
  }
  const failures = new Map<string, string>()

  /** The part's file is closed: it is made seekable and stored, one part after the other. */
  function finish (id: string): void {
    const part = parts.get(id)
    parts.delete(id)
    endedListeners.get(id)?.()
    endedListeners.delete(id)
    if (part !== undefined) enqueue(part.about, part.path)
  }

  function enqueue (about: PartAbout, path: string): void {
    queue = queue.then(async () => {
      if (isClosed) return
      try {
        await store(about, path)
      } catch (error) {
        log.warn({ err: error, id: about.id }, 'recording not stored, trying again')
        setTimeout(() => enqueue(about, path), RETRY_MS).unref()
      }
    })
  }

  async function addRow (about: PartAbout): Promise<void> {
    const { id, sessionId, userId, examId, mode, source = 'camera', startedAtMs, evidence } = about
    if (evidence !== undefined) return
    const storageKey = storageKeyOf(about)
    const row = { id, sessionId, userId, examId, mode, source, startedAtMs, mediaType: 'video/webm', storageKey } as const
    await db.recordings.add(row, now())
  }

  async function store (about: PartAbout, path: string): Promise<void> {
    const { id, sessionId } = about
    const sealedPath = `${path}.sealed`
    const discard = async (): Promise<void> => {
      // The journal, and what was made of it.
      const made = (await readdir(dirname(path)).catch(() => [])).filter(name => name.startsWith(basename(path)))
      for (const name of made) await rm(join(dirname(path), name), { force: true })
      failures.delete(id)
      evidenceWaiting.delete(id)
    }
    try {
      const dataKey = await vault.keys.get(sessionId)
      await addRow(about)
      if (about.evidence === undefined) await db.recordings.finalizing(id, now())
      await rm(`${sealedPath}.plain`, { force: true })
      const storageKey = storageKeyOf(about)
      const part = await new Promise<FinalizedPart | null | { readonly code: string }>(resolve => {
        finalizing.set(id, resolve)
        finalizer.send({ type: 'finalize', id, job: { journalPath: path, sealedPath, dataKey, storageKey } })
      }).finally(() => finalizing.delete(id))
      if (part === null) {
        if (about.evidence === undefined) await db.recordings.failed(id, failures.get(id) ?? 'empty', now())
        return await discard()
      }
      if ('code' in part) throw new Error(`the file could not be made: ${part.code}`)
      await vault.storage.put(storageKey, createReadStream(sealedPath), { type: part.mediaType.split(';', 1)[0]! })
      for (const sheet of part.sheets) {
        await vault.storage.put(sheet.storageKey, createReadStream(sheet.path), { type: 'image/jpeg' })
      }
      // Deleted or erased in the meantime: the objects go too.
      if (!await addFile(about, part)) {
        for (const { storageKey: key } of [{ storageKey }, ...part.sheets]) await vault.storage.delete(key)
      }
      await discard()
    } catch (error) {
      const isErased = error instanceof StorageError && error.code === 'erased'
      const hasNoSession = error instanceof DatabaseError && error.code === 'missing'
      if (!isErased && !hasNoSession) throw error
      await discard()
    }
  }

  /** Writes what is known of a stored file; false when the file is not wanted any more. */
  async function addFile (about: PartAbout, part: FinalizedPart): Promise<boolean> {
    const { id, sessionId, evidence } = about
    if (evidence === undefined) {
      const sheets = part.sheets.map(({ path: _, ...sheet }) => sheet)
      if (await db.recordings.ready(id, { ...part, failure: failures.get(id) ?? null }, now(), sheets)) return true
      const row = await db.recordings.byId(id)
      return row !== undefined && row.state !== 'deleted'
    }
    const { durationMs, bytes, sha256, mediaType } = part
    const isAdded = await db.evidence.add({
      id,
      sessionId,
      ...evidence,
      durationMs: evidence.kind === 'picture' ? null : durationMs,
      bytes,
      sha256,
      mediaType,
      storageKey: storageKeyOf(about),
      createdAtMs: now(),
      deletedAtMs: null
    })
    return isAdded || (await db.evidence.byId(id))?.deletedAtMs === null
  }

  async function makePlace (): Promise<() => Promise<void>> {
    await mkdir(own, { recursive: true, mode: 0o700 })
    return await acquirePlace(`file:${join(own, LOCK)}`)
  }

  function beginPart (about: PartAbout, onFailure: (code: string) => void): OpenPart {
    const { id, sessionId, evidence } = about
    if (evidence !== undefined) evidenceWaiting.add(id)
    const path = join(own, `${id}${SUFFIX}`)
    const part: Part = { about, path, onFailure, hasEnded: false }
    parts.set(id, part)
    const early: Array<() => void> = []
    let isReady = false
    const begin = async (): Promise<void> => {
      place ??= makePlace()
      await place
      const dataKey = await vault.keys.make(sessionId)
      writer.send({ type: 'begin', id, path, dataKey, about })
      isReady = true
      for (const send of early.splice(0)) send()
    }
    begin().catch(error => {
      place = undefined
      log.error({ err: error, id }, 'recording cannot begin')
      part.hasEnded = true
      parts.delete(id)
      evidenceWaiting.delete(id)
      early.length = 0
      onFailure('begin_failed')
    })
    const whenReady = (send: () => void): void => {
      if (isReady) send()
      else if (early.length < EARLY_MAX) early.push(send)
    }
    return {
      media: (kind, atMs, bytes) => {
        if (part.hasEnded) return
        // A copy of its own, which moves to the thread: the bytes are a view into the socket's buffer.
        const copy = Uint8Array.from(bytes)
        whenReady(() => writer.send({ type: 'media', id, kind, atMs, bytes: copy }, [copy.buffer]))
      },
      sound: (atMs, pcm) => {
        if (part.hasEnded) return
        const copy = Float32Array.from(pcm)
        whenReady(() => writer.send({ type: 'pcm', id, atMs, pcm: copy }, [copy.buffer]))
      },
      end: () => {
        if (part.hasEnded) return
        part.hasEnded = true
        whenReady(() => writer.send({ type: 'end', id }))
      }
    }
  }

  async function adopt (): Promise<void> {
    const names = await readdir(folder).catch(() => [])
    for (const name of names) {
      const path = join(folder, name)
      if (path === own) continue
      await adoptFolder(path).catch(error => {
        // Its gateway lives.
        if (!(error instanceof DatabaseError)) log.warn({ err: error, path }, 'recordings not adopted')
      })
    }
    for (const { id } of await db.recordings.unfinished(now() - LOST_MS, 500)) {
      if (!parts.has(id)) await db.recordings.failed(id, 'lost', now())
    }
  }

  /** Stores what the dead process that had this folder left in it. */
  async function adoptFolder (path: string): Promise<void> {
    const leave = await acquirePlace(`file:${join(path, LOCK)}`)
    try {
      for (const name of await readdir(path)) {
        if (!name.endsWith(SUFFIX)) continue
        const partPath = join(path, name)
        const file = await open(partPath, 'r')
        const head = await readHead(file).finally(() => file.close())
        if (head === undefined) {
          await rm(partPath, { force: true })
          continue
        }
        const done = queue.then(async () => await store(head.about, partPath))
        queue = done.catch(() => {})
        await done
      }
    } finally {
      await leave()
    }
    for (const name of await readdir(path)) if (name.startsWith(LOCK)) await rm(join(path, name), { force: true })
    await rmdir(path).catch(() => {})
  }

  return {
    open: (session, onFailure) => {
      writer.start()
      const failed = new Set<'recording' | 'evidence'>()
      const recording = new SessionRecording(session, {
        beginPart: about => {
          const of = about.evidence === undefined ? 'recording' : 'evidence'
          if (of === 'evidence') {
            if (evidenceWaiting.size >= EVIDENCE_WAITING_MAX) {
              session.evidence!.skipped++
              return NO_PART
            }
            session.evidence!.begun++
          }
          return beginPart(about, code => {
            if (of === 'evidence') session.evidence!.failed++
            if (failed.has(of)) return
            failed.add(of)
            if (of === 'recording') recording.end()
            onFailure(code, of)
          })
        }
      })
      return recording
    },
    openScreen: (session, onFailure) => {
      let hasFailed = false
      const recording = new ScreenRecording(session, {
        beginPart: about => beginPart(about, code => {
          if (hasFailed) return
          hasFailed = true
          recording.end()
          onFailure(code)
        })
      })
      return recording
    },
    adopt,
    async idle () {
      for (let last: unknown; last !== queue;) {
        last = queue
        await Promise.all([...parts].filter(([, part]) => part.hasEnded).map(async ([id]) =>
          await new Promise<void>(resolve => { endedListeners.set(id, resolve) })))
        await queue
      }
    },
    async close () {
      clearInterval(adopting)
      isClosed = true
      const ended = [...parts].map(async ([id, part]) => {
        const done = new Promise<void>(resolve => { endedListeners.set(id, resolve) })
        if (!part.hasEnded) writer.send({ type: 'end', id })
        part.hasEnded = true
        await done
      })
      let timer: NodeJS.Timeout | undefined
      await Promise.race([
        Promise.all(ended),
        new Promise(resolve => { timer = setTimeout(resolve, CLOSE_MS) })
      ])
      clearTimeout(timer)
      await Promise.all([writer.close(), finalizer.close()])
      const leave = await place?.catch(() => undefined)
      await leave?.()
    }
  }
}

/** Pieces that wait while the part begins: some seconds. */
const EARLY_MAX = 200

/** Of evidence that is not kept. */
const NO_PART: OpenPart = { media () {}, sound () {}, end () {} }
