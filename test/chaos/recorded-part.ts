/** Compares a part of a recording with what its connection sent. */
import { createHash } from 'node:crypto'
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input, type InputTrack } from 'mediabunny'
import { sampleVideo } from '../../detection/video/video-file.ts'
import { CAMERA, type Connection } from './recorded-candidate.ts'

/** A row of `GET /recordings`. */
export interface PartRow {
  readonly id: string
  readonly state: string
  readonly startedAtMs: number
  readonly durationMs: number
  readonly bytes: number
  readonly sha256: string
}

export interface PartFigures {
  readonly frames: number
  /** Acknowledged frames and pieces of sound from before the last second that are not in it. */
  readonly lost: number
  /** How long before the kill its last frame was sent. */
  readonly tailMs: number
  /** Why it is not what was sent; empty for a good one. */
  readonly faults: readonly string[]
}

/** The journal is written each second; the rest is what a timer may be late on a loaded machine. */
export const LOSS_MS_MAX = 1_500
/** How long the last picture is shown. */
const LAST_MS = 500
/** Between the time of sending, which is known here, and that of arrival, which the file goes by. */
const DURATION_OFF_MS_MAX = 300
/** The encoder of sound holds some of it back, and a piece arrives some time after it was sent. */
const SOUND_OFF_MS_MAX = 300

/** Frames and pieces of sound that must be in the recording after a kill at `killedMs`. */
export function due (
  { frames, sounds }: Connection, killedMs: number
): { readonly frames: number, readonly sounds: number } {
  return {
    frames: frames.filter(({ ackedMs }) => ackedMs !== undefined && ackedMs <= killedMs - LOSS_MS_MAX).length,
    sounds: sounds.filter(({ sentMs }) => sentMs <= killedMs - LOSS_MS_MAX).length
  }
}

export async function comparePart (
  bytes: Uint8Array, row: PartRow, connection: Connection, killedMs: number
): Promise<PartFigures> {
  const faults: string[] = []
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(bytes) })
  const pictures = await packetsOf(await input.getPrimaryVideoTrack())
  const sounds = await packetsOf(await input.getPrimaryAudioTrack())
  const same = pictures.findIndex(({ data }, at) => !Buffer.from(data).equals(CAMERA[at % CAMERA.length]!.bytes))
  if (same !== -1) faults.push(`packet ${same} is not the frame that was sent`)
  if (pictures.length > connection.frames.length) faults.push(`${pictures.length} packets of ${connection.frames.length}`)

  let decoded = 0
  for await (const { image } of sampleVideo(bytes)) decoded += image.width === 320 ? 1 : 0
  if (decoded !== pictures.length) faults.push(`${decoded} of ${pictures.length} frames can be decoded`)

  const last = connection.frames[Math.min(pictures.length, connection.frames.length) - 1]
  const sentMs = (last?.sentMs ?? NaN) - connection.frames[0]!.sentMs + LAST_MS
  if (!(Math.abs(row.durationMs - sentMs) <= DURATION_OFF_MS_MAX)) faults.push(`${row.durationMs} ms of ${sentMs} ms`)
  // What a player shows; the packets alone do not say how long the last picture is shown.
  const lengthMs = (await input.getDurationFromMetadata() ?? NaN) * 1000
  if (!(Math.abs(lengthMs - row.durationMs) <= 25)) faults.push(`the file lasts ${lengthMs} ms, its row ${row.durationMs}`)
  if (row.bytes !== bytes.length || row.sha256 !== createHash('sha256').update(bytes).digest('hex')) {
    faults.push('the row has another length or hash than the file')
  }

  const wanted = due(connection, killedMs)
  const soundEndMs = row.startedAtMs + (sounds.at(-1)?.endMs ?? -Infinity)
  const lostSounds = connection.sounds
    .slice(0, wanted.sounds)
    .filter(sound => sound.sentMs - SOUND_OFF_MS_MAX > soundEndMs)
    .length
  return {
    frames: pictures.length,
    lost: Math.max(0, wanted.frames - pictures.length) + lostSounds,
    tailMs: killedMs - (last?.sentMs ?? NaN),
    faults
  }
}

interface Packet {
  readonly data: Uint8Array
  readonly endMs: number
}

async function packetsOf (track: InputTrack | null): Promise<Packet[]> {
  if (track === null) return []
  const packets: Packet[] = []
  for await (const { data, timestamp, duration } of new EncodedPacketSink(track).packets()) {
    packets.push({ data, endMs: (timestamp + duration) * 1000 })
  }
  return packets
}
