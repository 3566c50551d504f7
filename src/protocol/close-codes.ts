/**
 * The close codes of our sockets.
 *
 * 44xx follow the HTTP status of the same meaning; 1000, 1001 and 1011 are standard codes of WebSocket. No other file
 * writes a code as a number.
 */
export const CLOSE = {
  ended: 1000,
  goingAway: 1001,
  ourFault: 1011,
  token: 4401,
  notYours: 4403,
  noSession: 4404,
  silent: 4408,
  replaced: 4409,
  slowReader: 4410,
  tooLarge: 4413,
  tooFast: 4429
} as const
export type CloseCode = typeof CLOSE[keyof typeof CLOSE]

/** The English text of the close frame; a page shows its own text for the code. */
export const CLOSE_REASONS: Readonly<Record<CloseCode, string>> = {
  [CLOSE.ended]: 'The session is over',
  [CLOSE.goingAway]: 'The server is going away, connect again',
  [CLOSE.ourFault]: 'The server failed, connect again',
  [CLOSE.token]: 'The token no longer holds, log in again',
  [CLOSE.notYours]: 'This is not yours to use',
  [CLOSE.noSession]: 'There is no open session',
  [CLOSE.silent]: 'No answer to the pings',
  [CLOSE.replaced]: 'Replaced by a newer connection',
  [CLOSE.slowReader]: 'Messages are not being read, connect again and resume',
  [CLOSE.tooLarge]: 'A message is too large',
  [CLOSE.tooFast]: 'Too many messages'
}

/** The code of ws for a message over `maxPayload`; we send `CLOSE.tooLarge` instead. */
export const WS_TOO_LARGE = 1009
