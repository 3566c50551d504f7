/** One WebSocket that comes back by itself. Which messages go over it is not its matter. */
import { freshToken } from '../api/login.ts'
import { language } from '../text/index.ts'

export type Link = 'connecting' | 'open' | 'waiting' | 'refused'

export interface Socket {
  /** Sends when open; returns whether it did. Nothing is queued: pictures and page events belong to their moment. */
  send (data: string | Uint8Array<ArrayBuffer>): boolean
  /** Bytes not yet on the line. */
  readonly backlog: number
  /** Leaves the connection as it is and opens another: the line has gone silent, or the session is taken back. */
  reopen (): void
  close (): void
}

interface Options {
  readonly path: string
  onLink (link: Link, closeCode?: number): void
  onOpen? (): void
  onMessage (message: unknown): void
}

const RETRY_FIRST_MS = 500
const RETRY_LAST_MS = 15_000
/**
 * Upgrades that failed one after the other; then the token is renewed, whatever its age: a browser does not tell a
 * refused one.
 */
const FAILURES_MAX = 2
/** An upgrade that has no answer by then is given up: a dead network may swallow it without a word. */
const OPEN_MS_MAX = 10_000
/** Closed with one of these there is no use in coming back: not yours, no session, replaced by another window. */
const FINAL_CODES: readonly number[] = [1000, 4403, 4404, 4409]

/** Opens `path` and keeps it open with growing pauses between tries. */
export function openSocket ({ path, onLink, onOpen, onMessage }: Options): Socket {
  let socket: WebSocket | undefined
  let retryMs = RETRY_FIRST_MS
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false
  let failures = 0
  /** Counts the connections; an older one that is still being opened gives way. */
  let round = 0

  const connect = async (): Promise<void> => {
    const mine = ++round
    clearTimeout(timer)
    onLink('connecting')
    const token = await freshToken({ renewed: failures >= FAILURES_MAX })
    if (failures >= FAILURES_MAX) failures = 0
    if (closed || mine !== round) return
    if (token === undefined) return onLink('refused', 4401)
    const url = new URL(path, location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    url.searchParams.set('lang', language())
    const opened = socket = new WebSocket(url, ['invigil', `bearer.${token}`])
    socket.binaryType = 'arraybuffer'
    failures++
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (opened !== socket) return
      socket = undefined
      opened.close()
      again()
    }, OPEN_MS_MAX)
    socket.onopen = () => {
      if (opened !== socket) return
      clearTimeout(timer)
      failures = 0
      retryMs = RETRY_FIRST_MS
      onLink('open')
      onOpen?.()
    }
    socket.onmessage = ({ data }) => { if (opened === socket && typeof data === 'string') onMessage(JSON.parse(data)) }
    socket.onclose = ({ code }) => {
      if (closed || opened !== socket) return
      clearTimeout(timer)
      if (FINAL_CODES.includes(code)) return onLink('refused', code)
      again(code)
    }
  }
  /** Half of each pause is random, so that a room of candidates does not come back in one moment. */
  const again = (code?: number): void => {
    onLink('waiting', code)
    timer = setTimeout(start, retryMs / 2 + Math.random() * retryMs / 2)
    retryMs = Math.min(RETRY_LAST_MS, retryMs * 2)
  }
  const start = (): void => { connect().catch(() => again()) }
  const reopen = (): void => {
    const before = socket
    socket = undefined
    before?.close(1000)
    retryMs = RETRY_FIRST_MS
    start()
  }

  start()
  return {
    send (data) {
      if (socket?.readyState !== WebSocket.OPEN) return false
      socket.send(data)
      return true
    },
    get backlog () { return socket?.bufferedAmount ?? 0 },
    reopen,
    close () {
      closed = true
      clearTimeout(timer)
      socket?.close(1000)
    }
  }
}
