import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import { monotonicMs } from '../../detection/clock.ts'
import { accountOf } from '../plugins/access.ts'
import { laneOfAccount } from '../plugins/lanes.ts'
import { createCandidateThread } from './candidate-thread.ts'
import { Channel, type FollowUp } from './channel.ts'
import { CLOSE } from '../protocol/close-codes.ts'
import type { Chunk, Frame, ScreenChunk, Sound } from '../protocol/media-frame.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import { logEntry } from '../protocol/log-entry.ts'
import { CANDIDATE_REPLIES, readCandidate, type CandidateReply } from '../protocol/messages.ts'
import { refusal } from '../protocol/error-message.ts'
import { Replay } from '../feed/replay.ts'
import { createReplayRequests } from './replay-requests.ts'
import { storedPage } from './stored-events.ts'
import type { CandidateConnection } from '../live/session/candidate-connection.ts'
import type { LiveSession } from '../live/session/live-session.ts'

export interface CandidateContext {
  readonly live: LiveGateway
  /** Opens the session of this request. */
  readonly find: () => Promise<LiveSession | undefined>
  /** Loads the account again; throws if it may no longer connect. */
  readonly confirm: Parameters<LiveGateway['connections']['add']>[0]['confirm']
}

/** Serves one candidate's socket. Synchronous: attaches the listeners first, and then loads the session. */
export function serveCandidate (
  socket: WebSocket,
  request: FastifyRequest,
  { live, find, confirm }: CandidateContext
): void {
  const { limits, counters } = live
  const account = accountOf(request)
  const { language } = request
  const channel = new Channel<CandidateReply>({
    socket,
    replies: CANDIDATE_REPLIES,
    language,
    limits,
    counters,
    log: request.log,
    now: live.now,
    lane: laneOfAccount(account.id)
  })
  const member = { connection: channel, account, confirm, mayStay: () => true }
  live.connections.add(member)
  counters.sockets.candidates++

  const replay = new Replay({
    bufferMax: limits.replayBufferMax,
    onOverflow: () => channel.close(CLOSE.slowReader, refusal('INVIGIL_ERR_SLOW_READER')),
    show: (rows, stored, isReplay) => {
      channel.send({
        type: 'logs',
        data: rows.map(row => logEntry(row, language, 'candidate')),
        stored,
        ...(isReplay && { replay: true })
      })
    }
  })
  const sender: CandidateConnection = {
    language,
    received: 0,
    dropped: 0,
    send: reply => channel.send(reply),
    refuse: refused => channel.refuse(refused),
    show: (rows, stored) => replay.live(rows, stored),
    fail: error => channel.fail(error),
    replace: () => channel.close(CLOSE.replaced, refusal('INVIGIL_ERR_REPLACED')),
    end: () => channel.close(CLOSE.ended),
    reconnect: () => channel.close(CLOSE.goingAway)
  }

  const thread = createCandidateThread(live, account, channel, request.log)

  let session: LiveSession | undefined
  /** The newest frame that arrived before the session was loaded. */
  let early: { readonly frame: Frame | Chunk, readonly arrivedMs: number } | undefined

  const loading = find().then(found => {
    if (!channel.isOpen) return undefined
    if (found === undefined || !found.isOpen) {
      channel.close(CLOSE.noSession, refusal('INVIGIL_ERR_SESSION_NONE'))
      return undefined
    }
    session = found
    session.attach(sender)
    channel.send(session.rate())
    if (early !== undefined) session.input.offer(sender, early.frame, early.arrivedMs)
    early = undefined
    thread.sendUndelivered(found)
    return found
  })
  // A candidate may never send a message: without this, a failed load would be an unhandled rejection.
  loading.catch(error => channel.fail(error))

  const replayRequests = createReplayRequests({
    gatherMs: limits.replayGatherMs,
    everyMs: limits.replayEveryMs,
    bufferLive: () => replay.bufferLive(),
    run: async (after, isReplaced) => {
      const found = await loading
      if (found === undefined) return
      await replay.run({
        after,
        page: async cursor =>
          isReplaced() ? [] : await storedPage(live, channel, account, { after: cursor, sessionIds: [found.id] })
      })
    },
    onError: error => channel.fail(error)
  })

  function acceptFrame (frame: Frame | Chunk): void {
    if (session !== undefined) return session.input.offer(sender, frame)
    if (early !== undefined) {
      sender.received++
      sender.dropped++
      counters.frames.received++
      counters.frames.dropped.replaced++
    }
    early = { frame, arrivedMs: monotonicMs() }
  }

  function acceptSound (sound: Sound): void {
    if (session !== undefined) return session.input.offerSound(sender, sound)
    counters.sound.received++
    counters.sound.dropped.early++
  }

  function acceptScreen (chunk: ScreenChunk): void {
    if (session !== undefined) return session.input.offerScreen(sender, chunk)
    counters.screen.received++
    counters.screen.dropped.early++
  }

  channel.listen((data, isBinary): FollowUp => {
    const read = readCandidate(data, isBinary, limits)
    switch (read.type) {
      case 'frame':
      case 'chunk':
        acceptFrame(read)
        return undefined
      case 'sound':
        acceptSound(read)
        return undefined
      case 'screen':
        acceptScreen(read)
        return undefined
      case 'event':
        return async () => { (await loading)?.input.pageEvent(sender, read) }
      case 'calibrate':
        return async () => { (await loading)?.input.calibrate(sender, read) }
      case 'message':
      case 'received':
      case 'seen':
      case 'hand':
      case 'break':
        return async () => {
          const found = await loading
          if (found !== undefined) await thread.serve(found, read)
        }
      case 'resume':
        replayRequests.request(read.after)
        return undefined
      case 'error':
        if (read.code === 'INVIGIL_ERR_FRAME_TOO_LARGE') channel.close(CLOSE.tooLarge, read)
        else if (session !== undefined && read.code === 'INVIGIL_ERR_SCREEN_INVALID') {
          session.input.screen.offerInvalid(sender, read)
        } else if (session !== undefined && PICTURE_REFUSALS.has(read.code)) session.input.offerInvalid(sender, read)
        else channel.refuse(read)
        return undefined
    }
  })

  socket.on('close', () => {
    replayRequests.close()
    live.connections.remove(member)
    counters.sockets.candidates--
    try {
      session?.detach(sender)
    } catch (error) {
      request.log.error({ err: error }, 'candidate detach failed')
    }
  })
}

/** Errors of messages that were meant as a picture: they count as frames and are reported to the judge. */
const PICTURE_REFUSALS: ReadonlySet<string> = new Set([
  'INVIGIL_ERR_IMAGE_EMPTY',
  'INVIGIL_ERR_IMAGE_INVALID',
  'INVIGIL_ERR_IMAGE_TOO_LARGE',
  'INVIGIL_ERR_FRAME_BASE64',
  'INVIGIL_ERR_VIDEO_INVALID'
])
