/** Compares a part of a recording with what its connection sent. */
import { createHash } from 'node:crypto'
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input, type InputTrack } from 'mediabunny'
import { sampleVideo } from '../../detection/video/video-file.ts'
import { CAMERA, FRAME_MS, type Connection } from './recorded-candidate.ts'

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

/** The journal is written each second; the rest is for what lies between an `ack` here and the recorder's thread. */
const LOSS_MS_MAX = 1_500
/** How long the last picture is shown. */
const LAST_MS = 500
/** The encoder of sound holds some of it back, and a piece arrives some time after it was sent. */
const SOUND_OFF_MS_MAX = 300
const ROUNDING_MS = 50

/** How late the timers of this process were at most, on a machine where the gateway's are as late. */
function latenessMs ({ frames }: Connection): number {
  return Math.max(0, ...frames.slice(1).map(({ sentMs }, at) => sentMs - frames[at]!.sentMs - FRAME_MS))
}

/** Frames and pieces of sound that must be in the recording after a kill at `killedMs`. */
export function due (connection: Connection, killedMs: number): { readonly frames: number, readonly sounds: number } {
  const untilMs = killedMs - LOSS_MS_MAX - latenessMs(connection)
  return {
    frames: connection.frames.filter(({ ackedMs }) => ackedMs !== undefined && ackedMs <= untilMs).length,
    sounds: connection.sounds.filter(({ sentMs }) => sentMs <= untilMs).length
  }
}

/** The chunk that it begins with: the first key frame from which on all packets are what was sent. */
function firstOf (pictures: readonly Packet[]): number | undefined {
  return CAMERA
    .flatMap(({ isKey }, at) => (isKey ? [at] : []))
    .find(first => pictures.every(({ data }, at) =>
      Buffer.from(data).equals(CAMERA[(first + at) % CAMERA.length]!.bytes)))
}

export async function comparePart (
  bytes: Uint8Array, row: PartRow, connection: Connection, killedMs: number
): Promise<PartFigures> {
  const faults: string[] = []
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(bytes) })
  const pictures = await packetsOf(await input.getPrimaryVideoTrack())
  const sounds = await packetsOf(await input.getPrimaryAudioTrack())
  const { frames } = connection
  // While a gateway under load reads the session, it may drop the first frames, and says so.
  const begin = firstOf(pictures)
  if (begin === undefined) faults.push('another packet than was sent')
  const first = begin ?? 0
  if (first > connection.dropped) faults.push(`it begins with frame ${first}, and ${connection.dropped} were dropped`)
  const end = first + pictures.length
  if (end > frames.length) faults.push(`${pictures.length} packets of ${frames.length}`)

  let decoded = 0
  for await (const { image } of sampleVideo(bytes)) decoded += image.width === 320 ? 1 : 0
  if (decoded !== pictures.length) faults.push(`${decoded} of ${pictures.length} frames can be decoded`)

  // A frame has the time of its arrival, which lies between sending and the acknowledgement.
  const last = frames[Math.min(end, frames.length) - 1]
  const [from, to] = [frames[first], last].map(sent => ({ min: sent?.sentMs ?? NaN, max: sent?.ackedMs ?? killedMs }))
  const [minMs, maxMs] = [to!.min - from!.max + LAST_MS, to!.max - from!.min + LAST_MS]
  if (!(row.durationMs >= minMs - ROUNDING_MS && row.durationMs <= maxMs + ROUNDING_MS)) {
    faults.push(`${row.durationMs} ms of ${minMs} to ${maxMs} ms`)
  }
  // What a player shows; the packets alone do not say how long the last picture is shown.
  const lengthMs = (await input.getDurationFromMetadata() ?? NaN) * 1000
  if (!(Math.abs(lengthMs - row.durationMs) <= ROUNDING_MS)) faults.push(`the file lasts ${lengthMs} ms, its row ${row.durationMs}`)
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
    lost: Math.max(0, wanted.frames - end) + lostSounds,
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
