/** A candidate of a recorded exam: sends video and sound, and remembers what was sent and acknowledged, and when. */
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { makeVp8 } from '../support/vp8.ts'
import { consentAndStart, type Caller, type Exam } from './stage.ts'

/** A frame, or a piece of sound of half a second. */
interface Sent {
  readonly sentMs: number
  /** Frames only. */
  ackedMs?: number
}

/** What one connection sent. Frame `n` is chunk `n` of the camera, which begins again after its last one. */
export interface Connection {
  readonly frames: readonly Sent[]
  readonly sounds: readonly Sent[]
  /** Frames that the gateway said it dropped, some of them recorded. */
  dropped: number
}

export interface RecordedCandidate {
  readonly sessionId: string
  /** Connects and sends until `disconnect`, or until the gateway is gone; returns once it is connected. */
  connect (): Promise<Connection>
  disconnect (): void
}

export const CAMERA = await makeVp8(16)
/** Time from one frame to the next, at least. */
export const FRAME_MS = 250
const SOUND_MS = 500
const SOUND = new Uint8Array(Int16Array.from({ length: 8_000 }, (_, at) => Math.sin(at / 8) * 9_000).buffer)
const HANDSHAKE_MS = 10_000

/** Consents to everything and begins the attempt. */
export async function startRecorded (caller: Caller, exam: Exam, url: string): Promise<RecordedCandidate> {
  const sessionId = await consentAndStart(caller, exam, url)
  let socket: WebSocket | undefined

  return {
    sessionId,
    async connect () {
      const opened = new WebSocket(`${url.replace('http', 'ws')}/ws/${caller.account.id}?token=${caller.token}`, {
        handshakeTimeout: HANDSHAKE_MS
      })
      socket = opened
      await new Promise((resolve, reject) => opened.once('open', resolve).once('error', reject))
      opened.on('error', () => {})
      const frames: Sent[] = []
      const sounds: Sent[] = []
      const connection: Connection = { frames, sounds, dropped: 0 }
      opened.on('message', data => {
        const { type, seq, dropped } = JSON.parse(String(data)) as {
          readonly type: string
          readonly seq: number
          readonly dropped: number
        }
        if (type === 'ack') connection.dropped = Math.max(connection.dropped, dropped)
        // It also stands for the frames before it.
        for (let at = type === 'ack' ? seq : -1; at >= 0 && frames[at]!.ackedMs === undefined; at--) {
          frames[at]!.ackedMs = Date.now()
        }
      })
      const repeat = async (sent: Sent[], everyMs: number, messageOf: (index: number) => Buffer): Promise<void> => {
        while (opened.readyState === WebSocket.OPEN) {
          const message = messageOf(sent.length)
          sent.push({ sentMs: Date.now() })
          opened.send(message)
          await delay(everyMs)
        }
      }
      repeat(frames, FRAME_MS, videoMessage).catch(() => {})
      repeat(sounds, SOUND_MS, soundMessage).catch(() => {})
      return connection
    },
    disconnect: () => { socket?.close(1000) }
  }
}

/** The binary messages of `docs/protocol.md`. */
function header (bytes: number, kind: number, flags: number, capturedAtMs: number): Buffer {
  const head = Buffer.alloc(bytes)
  head.write('IV', 'latin1')
  head[2] = 1
  head[3] = kind
  head[4] = flags
  head.writeBigUInt64BE(BigInt(capturedAtMs), 5)
  return head
}

function videoMessage (seq: number): Buffer {
  const { isKey, bytes } = CAMERA[seq % CAMERA.length]!
  const head = header(18, 2, isKey ? 3 : 1, Date.now())
  head.writeUInt32BE(seq, 13)
  head[17] = 1
  return Buffer.concat([head, bytes])
}

function soundMessage (): Buffer {
  return Buffer.concat([header(13, 3, 0, Date.now() - SOUND_MS), SOUND])
}
