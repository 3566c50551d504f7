/** All bounds of sockets, sessions, replays and frames; tests pass smaller ones. */
export interface Limits {
  /** Bytes of a picture, after decoding base64. */
  readonly frameBytesMax: number
  /** Most characters of a control message: a text message that is not a frame. */
  readonly messageCharsMax: number
  /** Messages a socket may send at once, and how many it regains per second. */
  readonly messageBurst: number
  readonly messagesPerSecond: number
  /** The same for bytes, in units of `frameBytesMax`. */
  readonly fullFramesBurst: number
  readonly fullFramesPerSecond: number
  /** Most waiting video chunks of one session; together they have at most `frameBytesMax` bytes. */
  readonly chunksWaitingMax: number
  /** Shortest time between requests for a key frame; also the pause after a broken video. */
  readonly keyframeMs: number
  /** Frames of the screen that a session may send at once, and how many it regains per second; the same for bytes. */
  readonly screenBurst: number
  readonly screenPerSecond: number
  readonly screenBytesBurst: number
  readonly screenBytesPerSecond: number
  /** Most waiting control messages of one socket. */
  readonly controlsWaitingMax: number
  /** Most waiting pieces of sound of one session; half a second each, as the page sends them. */
  readonly soundsWaitingMax: number
  /** Most custom kinds that a page may report in one session, and most events of these kinds. */
  readonly ownKindsMax: number
  readonly ownEventsMax: number
  readonly pingMs: number
  /** A socket without a pong or message for this long is closed. */
  readonly silentMs: number
  /** Unsent bytes above which droppable messages (acks, rates, thumbnails) are not sent. */
  readonly droppableBytesMax: number
  /** Unsent bytes above which the socket is closed; the client reconnects and resumes by cursor. */
  readonly bufferedBytesMax: number
  /** Time limit for the closing handshake of a socket. */
  readonly closeMs: number
  /** Most live events buffered during a replay. */
  readonly replayBufferMax: number
  /** Replay requests of one socket within this time are combined; one replay starts per `replayEveryMs`. */
  readonly replayGatherMs: number
  readonly replayEveryMs: number
  /** Stored events per page of a replay. */
  readonly replayPageRows: number
  /** A frame that has waited longer than this is dropped. */
  readonly frameAgeMsMax: number
  /** How far a client's time may be ahead of or behind the server's clock. */
  readonly clockAheadMs: number
  readonly clockBehindMs: number
  readonly thumbnailMs: number
  readonly thumbnailWidth: number
  /** The same for a session that a member of staff looks at, and for how long after the last word of that. */
  readonly closeThumbnailMs: number
  readonly closeThumbnailWidth: number
  readonly lookMs: number
  /** Shortest time between two writes of a session's scores. */
  readonly scoresMs: number
  /** The same while nothing happens; the time in the row also shows how long a session ran before a crash. */
  readonly lastingMs: number
  /** How often the accounts of open sockets are checked. */
  readonly accountMs: number
  readonly tickMs: number
}

export const LIMITS: Limits = {
  frameBytesMax: 4 * 1024 * 1024,
  messageCharsMax: 16 * 1024,
  messageBurst: 120,
  messagesPerSecond: 40,
  fullFramesBurst: 8,
  fullFramesPerSecond: 2,
  chunksWaitingMax: 32,
  keyframeMs: 1_000,
  screenBurst: 8,
  screenPerSecond: 2,
  screenBytesBurst: 2 * 1024 * 1024,
  screenBytesPerSecond: 128 * 1024,
  controlsWaitingMax: 64,
  soundsWaitingMax: 10,
  ownKindsMax: 50,
  ownEventsMax: 2_000,
  pingMs: 10_000,
  silentMs: 30_000,
  droppableBytesMax: 256 * 1024,
  bufferedBytesMax: 2 * 1024 * 1024,
  closeMs: 5_000,
  replayBufferMax: 5_000,
  replayGatherMs: 50,
  replayEveryMs: 2_000,
  replayPageRows: 250,
  frameAgeMsMax: 500,
  clockAheadMs: 0,
  clockBehindMs: 10_000,
  thumbnailMs: 2_000,
  thumbnailWidth: 160,
  closeThumbnailMs: 1_000,
  closeThumbnailWidth: 480,
  lookMs: 15_000,
  scoresMs: 5_000,
  lastingMs: 30_000,
  accountMs: 30_000,
  tickMs: 500
}
