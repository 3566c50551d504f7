/** Every bound of the live side, in one table; a test hands in smaller ones. */
export interface Limits {
  /** A picture's bytes, decoded from base64 where it came so. */
  readonly frameBytesMax: number
  /** A control message's characters. */
  readonly messageCharsMax: number
  /** Messages a socket may send at once, and how many it earns back a second. */
  readonly messageBurst: number
  readonly messagesPerSecond: number
  /** Bytes likewise, counted in frames of the largest size. */
  readonly fullFramesBurst: number
  readonly fullFramesPerSecond: number
  /** Video chunks of one session that may wait for their turn; their bytes together are at most `frameBytesMax`. */
  readonly chunksWaitingMax: number
  /** A key frame is asked for at most this often, and a video that was broken is not taken up before. */
  readonly keyframeMs: number
  /** Control messages of one socket that may wait for their turn. */
  readonly controlsWaitingMax: number
  /** Pieces of sound of one session that may wait for their turn; half a second each, as the page sends them. */
  readonly soundsWaitingMax: number
  /** Kinds of its own that a page may tell of in one session, and events of them. */
  readonly ownKindsMax: number
  readonly ownEventsMax: number
  readonly pingMs: number
  /** A socket that gave no sign of life (pong or message) for this long is closed. */
  readonly silentMs: number
  /** Unsent bytes above which what may be lost (acks, rates, thumbnails) is not sent. */
  readonly droppableBytesMax: number
  /** Unsent bytes above which the socket is closed: its owner resumes by cursor. */
  readonly bufferedBytesMax: number
  /** How long a closing socket may take before it is cut off. */
  readonly closeMs: number
  /** Live events held back while stored ones are replayed. */
  readonly replayBufferMax: number
  /**
   * Requests of one socket for a replay that come so close together are answered by one, and one replay begins in this
   * time at most.
   */
  readonly replayGatherMs: number
  readonly replayEveryMs: number
  /** Stored events read at once for a replay. */
  readonly replayPageRows: number
  /** Work on a frame begins at most this long after it came in, or not at all. */
  readonly frameAgeMsMax: number
  /** How much younger or older than the server's clock a frame or page event may call itself. */
  readonly clockAheadMs: number
  readonly clockBehindMs: number
  readonly thumbnailMs: number
  readonly thumbnailWidth: number
  /** Scores are written to the session's row at most this often. */
  readonly scoresMs: number
  /**
   * And this often while an incident lasts and nothing else happens; the row also says when the session was last alive.
   */
  readonly lastingMs: number
  /** The account behind a socket is looked at again this often. */
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
  scoresMs: 5_000,
  lastingMs: 30_000,
  accountMs: 30_000,
  tickMs: 500
}
