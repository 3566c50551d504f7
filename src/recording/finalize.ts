/** Makes a seekable WebM of a journal, and the encrypted form of it that goes into the store. */
import { createHash } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { EncodedAudioPacketSource, EncodedPacket, EncodedVideoPacketSource, Output, StreamTarget, WebMOutputFormat } from 'mediabunny'
import { readVp8 } from '../../detection/video/vp8.ts'
import { MediaSealer } from '../storage/media-cipher.ts'
import { readHead, readRecords, type JournalHead, type MediaRecord } from './journal.ts'
import { createPictureEncoder } from './picture-encoder.ts'
import { sheetsOf, type Sheet } from './sheets.ts'

export interface FinalizeJob {
  readonly journalPath: string
  /** Where the encrypted file is made. */
  readonly sealedPath: string
  readonly dataKey: Uint8Array
  readonly storageKey: string
}

export interface FinalizedPart {
  readonly durationMs: number
  readonly bytes: number
  readonly sha256: string
  readonly mediaType: string
  readonly gaps: ReadonlyArray<{ readonly fromMs: number, readonly toMs: number }>
  readonly sheets: readonly FinalizedSheet[]
}

/** A sheet of the storyboard; its encrypted file is at `path`. */
export interface FinalizedSheet extends Omit<Sheet, 'jpeg'> {
  readonly path: string
  readonly storageKey: string
  readonly bytes: number
  readonly sha256: string
}

/** Without a picture for longer than this, there is a gap. */
const GAP_MS = 5000
/** How long the last picture is shown where no other says it. */
const LAST_MS = 500
/** An estimate between pictures that are far apart: what follows a gap does not stretch the one before it. */
const SHOWN_MS_MAX = 2000

/** Undefined when the journal holds no picture. */
export async function finalizePart (job: FinalizeJob): Promise<FinalizedPart | undefined> {
  const journal = await open(job.journalPath, 'r')
  try {
    const head = await readHead(journal)
    if (head === undefined) return undefined
    if (head.about.evidence?.kind === 'picture') return await finalizePicture(journal, head, job)
    const found = await survey(readRecords(journal, head, job.dataKey), head.about.evidence?.kind === 'sound')
    if (found.firstMs === undefined) return undefined
    const plainPath = `${job.sealedPath}.plain`
    const plain = await open(plainPath, 'wx+', 0o600)
    try {
      // The plain file has no name from now on: it is in no backup, and gone when the process is.
      await unlink(plainPath)
      const durationMs = await mux(plain, journal, head, job.dataKey, found)
      const sealed = await seal(piecesOf(plain), head, job)
      const sheets: FinalizedSheet[] = []
      if (found.hasTiles) {
        for await (const sheet of sheetsOf(readRecords(journal, head, job.dataKey))) {
          sheets.push(await sealSheet(sheet, sheets.length, head, job))
        }
      }
      return {
        durationMs,
        ...sealed,
        mediaType: found.isSoundOnly
          ? 'audio/webm; codecs="opus"'
          : `video/webm; codecs="vp8${found.soundConfig === undefined ? '' : ',opus'}"`,
        gaps: found.gaps,
        sheets
      }
    } finally {
      await plain.close()
    }
  } finally {
    await journal.close()
  }
}

/** A JPEG is stored as it is. */
async function finalizePicture (
  journal: FileHandle, head: JournalHead, job: FinalizeJob
): Promise<FinalizedPart | undefined> {
  const { value: record } = await readRecords(journal, head, job.dataKey).next() as { readonly value?: MediaRecord }
  return record === undefined
    ? undefined
    : { durationMs: 0, ...await seal([record.bytes], head, job), mediaType: 'image/jpeg', gaps: [], sheets: [] }
}

async function sealSheet (
  { jpeg, ...sheet }: Sheet, index: number, head: JournalHead, job: FinalizeJob
): Promise<FinalizedSheet> {
  const { id, sessionId } = head.about
  const path = `${job.sealedPath}.${index}`
  const storageKey = `${sessionId}/storyboards/${id}-${index}.jpg`
  return { ...sheet, path, storageKey, ...await seal([jpeg], head, { ...job, sealedPath: path, storageKey }) }
}

interface Survey {
  readonly isSoundOnly: boolean
  readonly firstMs: number | undefined
  readonly soundConfig: AudioDecoderConfig | undefined
  /** When the last sound begins; after it the track is closed, so that pictures do not wait for sound. */
  readonly lastSoundMs: number
  readonly gaps: FinalizedPart['gaps']
  readonly size: { readonly width: number, readonly height: number } | undefined
  readonly hasTiles: boolean
}

async function survey (records: AsyncGenerator<MediaRecord>, isSoundOnly: boolean): Promise<Survey> {
  let firstMs: number | undefined
  let lastMs = 0
  let lastSoundMs = -Infinity
  let soundConfig: AudioDecoderConfig | undefined
  let size: Survey['size']
  let hasTiles = false
  const gaps: Array<{ fromMs: number, toMs: number }> = []
  for await (const { kind, atMs, bytes } of records) {
    if (kind === 'tile') hasTiles = true
    else if (kind === 'soundConfig') soundConfig ??= configOf(bytes)
    else if (kind === 'sound') {
      lastSoundMs = Math.max(lastSoundMs, atMs)
      if (isSoundOnly) firstMs ??= atMs
    } else {
      if (firstMs === undefined && kind === 'video') continue
      if (firstMs !== undefined && atMs - lastMs > GAP_MS) gaps.push({ fromMs: lastMs - firstMs, toMs: atMs - firstMs })
      firstMs ??= atMs
      size ??= kind === 'key' ? readVp8(bytes)?.size : undefined
      lastMs = atMs
    }
  }
  const hasSound = soundConfig !== undefined && firstMs !== undefined && lastSoundMs >= firstMs
  return { isSoundOnly, firstMs, soundConfig: hasSound ? soundConfig : undefined, lastSoundMs, gaps, size, hasTiles }
}

function configOf (bytes: Uint8Array): AudioDecoderConfig {
  const { description, ...config } = JSON.parse(Buffer.from(bytes).toString()) as {
    codec: string, sampleRate: number, numberOfChannels: number, description: string | null
  }
  return { ...config, ...(description !== null && { description: new Uint8Array(Buffer.from(description, 'base64')) }) }
}

async function mux (
  file: FileHandle, journal: FileHandle, head: JournalHead, dataKey: Uint8Array,
  { isSoundOnly, firstMs, soundConfig, lastSoundMs, size }: Survey
): Promise<number> {
  const beginMs = firstMs!
  const output = new Output({
    format: new WebMOutputFormat(),
    target: new StreamTarget(
      new WritableStream({
        write: async ({ data, position }: { data: Uint8Array, position: number }) => {
          for (let at = 0; at < data.length;) {
            at += (await file.write(data, at, data.length - at, position + at)).bytesWritten
          }
        }
      }),
      { chunked: true, chunkSize: 1 << 20 }
    )
  })
  const video = new EncodedVideoPacketSource('vp8')
  if (!isSoundOnly) output.addVideoTrack(video)
  const sound = soundConfig === undefined ? undefined : new EncodedAudioPacketSource('opus')
  if (sound !== undefined) output.addAudioTrack(sound)
  await output.start()

  let waiting: { readonly kind: 'key' | 'delta', readonly atMs: number, readonly bytes: Uint8Array } | undefined
  let meta: EncodedVideoChunkMetadata | undefined =
    size === undefined ? undefined : { decoderConfig: { codec: 'vp8', codedWidth: size.width, codedHeight: size.height } }
  let lastMs = -Infinity
  let isSoundOpen = sound !== undefined
  let soundMeta: EncodedAudioChunkMetadata | undefined =
    soundConfig === undefined ? undefined : { decoderConfig: soundConfig }
  let soundAtMs = -Infinity
  let durationMs = 0

  /** A packet is written when the next one says how long it is shown. */
  async function addPicture (next: typeof waiting, nextMs: number): Promise<void> {
    if (waiting !== undefined) {
      const shownMs = nextMs - waiting.atMs
      const packet = new EncodedPacket(
        Uint8Array.from(waiting.bytes), waiting.kind, (waiting.atMs - beginMs) / 1000, shownMs / 1000)
      durationMs = nextMs - beginMs
      await video.add(packet, meta)
      meta = undefined
    }
    waiting = next
  }

  const pictures = createPictureEncoder(async ({ isKey, bytes, atMs, config }) => {
    meta ??= waiting === undefined && durationMs === 0 ? { decoderConfig: config } : undefined
    await addPicture({ kind: isKey ? 'key' : 'delta', atMs, bytes }, atMs)
  })
  for await (const { kind, atMs, bytes } of readRecords(journal, head, dataKey)) {
    if (kind === 'soundConfig' || kind === 'tile') continue
    if (kind === 'sound') {
      if (sound === undefined || atMs < beginMs || atMs <= soundAtMs) continue
      soundAtMs = atMs
      await sound.add(new EncodedPacket(Uint8Array.from(bytes), 'key', (atMs - beginMs) / 1000, 0.02), soundMeta)
      soundMeta = undefined
      if (atMs >= lastSoundMs) {
        sound.close()
        isSoundOpen = false
      }
      continue
    }
    if (atMs < beginMs || atMs <= lastMs) continue
    lastMs = atMs
    if (kind === 'picture') await pictures.add(bytes, atMs)
    else await addPicture({ kind: kind === 'key' ? 'key' : 'delta', atMs, bytes }, atMs)
  }
  await pictures.end()
  await addPicture(undefined, Math.min(lastMs + LAST_MS, lastMs + SHOWN_MS_MAX))
  if (isSoundOpen) sound?.close()
  if (!isSoundOnly) video.close()
  await output.finalize()
  return Math.round(Math.max(durationMs, soundAtMs === -Infinity ? 0 : soundAtMs + 20 - beginMs))
}

async function seal (
  plain: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  { about }: JournalHead,
  { sealedPath, dataKey, storageKey }: FinalizeJob
): Promise<{ bytes: number, sha256: string }> {
  const sealer = new MediaSealer(dataKey, { sessionId: about.sessionId, key: storageKey })
  const hash = createHash('sha256')
  const target = await open(sealedPath, 'w', 0o600)
  let bytes = 0
  try {
    await target.write(sealer.header)
    for await (const piece of plain) {
      bytes += piece.length
      hash.update(piece)
      for (const sealed of sealer.add(piece)) await target.write(sealed)
    }
    for (const sealed of sealer.end()) await target.write(sealed)
    await target.sync()
  } finally {
    await target.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function * piecesOf (file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let at = 0; ;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(1 << 18), 0, 1 << 18, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
