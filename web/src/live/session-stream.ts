/**
 * One running session of the candidate in this window: camera, microphone, page events and the socket. It belongs to no
 * page: what pages show of it they read from `view()`.
 */
import { onLanguageChange } from '../text/index.ts'
import { openCamera, type Camera } from './camera.ts'
import { openCandidateLink, type CandidateLink } from './candidate-link.ts'
import { deviceFault, type DeviceFault } from './device-fault.ts'
import { openMicrophone, type Microphone } from './microphone.ts'
import { watchPage } from './page-events.ts'
import {
  mergeLog, type ActorRole, type Calibrated, type FromCandidate, type LogEntry, type Notice, type OwnMessage, type Seen,
  type SessionState, type ToCandidate
} from './protocol.ts'
import {
  ScreenError, screenProblem, shareScreen, takeKeptScreen, type ScreenFault, type ScreenShare
} from './screen-share.ts'
import type { Link } from './socket.ts'

/** `gone`: unplugged or forbidden meanwhile; `muted`: another program or the system has its picture. */
export type DeviceState = 'off' | 'opening' | 'on' | 'muted' | 'gone' | DeviceFault

/** `off`: not shared yet on this page; `ended`: the candidate or the system ended it. */
export type ScreenState = 'off' | 'opening' | 'on' | 'ended' | ScreenFault

export interface ReceivedNotice extends Notice {
  readonly key: string
  readonly atMs: number
  readonly isSeen: boolean
}

export interface StreamView {
  readonly link: Link | undefined
  readonly closeCode: number | undefined
  /** It was open before: what is not open now is lost, also while it is being opened again. */
  readonly wasOpen: boolean
  readonly state: SessionState | undefined
  /** The words that came with the state, such as the reason of a pause. */
  readonly reason: string | undefined
  /** Who changed the state last; undefined: it is older than this connection. */
  readonly by: ActorRole | undefined
  readonly camera: DeviceState
  readonly microphone: DeviceState
  readonly screen: ScreenState
  /** The server records the screen. */
  readonly wantsScreen: boolean
  /** The server asks for few and small pictures. */
  readonly savesData: boolean
  readonly seen: Seen | undefined
  readonly log: readonly LogEntry[]
  readonly notices: readonly ReceivedNotice[]
  readonly own: readonly OwnMessage[]
  readonly handRaisedAt: string | null
  readonly breakAskedAt: string | null
  readonly calibrated: Calibrated | undefined
  /** The last refusal of the socket; gone when a picture is taken again. */
  readonly problem: { readonly code: string, readonly message: string } | undefined
}

export interface SessionStream {
  view (): StreamView
  subscribe (listener: () => void): () => void
  /** Opens the camera in `video`, or opens it again. It never throws: the view says what is wrong. */
  openCamera (video: HTMLVideoElement): Promise<void>
  openMicrophone (): Promise<void>
  /** Asks the browser for the whole screen; it must follow a click. It never throws. */
  shareScreen (): Promise<void>
  /** Opens the socket; what goes over it, and the page's events, go to the session that is open now. */
  connect (): void
  send (message: FromCandidate): boolean
  /** Puts what was written before this page was opened under what has come since. */
  restoreThread (notices: readonly ReceivedNotice[], own: readonly OwnMessage[]): void
  /** The candidate has read it. */
  markSeen (notice: ReceivedNotice): void
  calibrate: CandidateLink['calibrate']
  hurry: CandidateLink['hurry']
  hold: CandidateLink['hold']
  startCalibration (): void
  reconnect (): void
  /** A camera for pictures of the preview. */
  readonly camera: Camera | undefined
  /** Ends the line and the sound; the camera stays. */
  disconnect (): void
  close (): void
}

interface Options {
  readonly userId: string
  readonly cameraId?: string | undefined
  readonly microphoneId?: string | undefined
}

const LOG_ROWS_MAX = 200
const NOTICES_MAX = 100
const FPS_LOW = 0.5
const WIDTH_LOW = 480

const START: StreamView = {
  link: undefined,
  closeCode: undefined,
  wasOpen: false,
  state: undefined,
  reason: undefined,
  by: undefined,
  camera: 'off',
  microphone: 'off',
  screen: 'off',
  wantsScreen: false,
  savesData: false,
  seen: undefined,
  log: [],
  notices: [],
  own: [],
  handRaisedAt: null,
  breakAskedAt: null,
  calibrated: undefined,
  problem: undefined
}

export function createSessionStream ({ userId, cameraId, microphoneId }: Options): SessionStream {
  let view = START
  const listeners = new Set<() => void>()
  let camera: Camera | undefined
  let microphone: Microphone | undefined
  let screen: ScreenShare | undefined
  let link: CandidateLink | undefined
  let unwatch: (() => void) | undefined
  /** Counts the openings, so that a slow one that was overtaken is closed again. */
  let cameraRound = 0
  let microphoneRound = 0
  let screenRound = 0

  const set = (change: Partial<StreamView>): void => {
    view = { ...view, ...change }
    for (const listener of listeners) listener()
  }
  const setCamera = (state: DeviceState): void => {
    set({ camera: state })
    link?.setLasting('camera_off', state !== 'on' && state !== 'opening')
  }
  const setMicrophone = (state: DeviceState): void => {
    set({ microphone: state })
    link?.setLasting('microphone_off', state !== 'on')
  }

  const setScreen = (change: Partial<Pick<StreamView, 'screen' | 'wantsScreen'>>): void => {
    set(change)
    if (view.wantsScreen) link?.setLasting('screen_share_stopped', view.screen !== 'on')
  }
  const onScreenWanted = (wantsScreen: boolean): void => {
    const isNew = wantsScreen && !view.wantsScreen
    setScreen({ wantsScreen })
    if (!isNew || view.screen !== 'off') return
    // Where it cannot be shared, no button offers it.
    screenProblem().then(problem => {
      if (problem !== undefined && view.screen === 'off') set({ screen: problem })
    }).catch(() => {})
  }
  const useScreen = (opened: ScreenShare): void => {
    screen?.close()
    screen = opened
    opened.onEnded(() => {
      closeScreen()
      setScreen({ screen: 'ended' })
    })
    link?.setScreen(opened)
    setScreen({ screen: 'on' })
  }
  const closeScreen = (): void => {
    screenRound++
    link?.setScreen(undefined)
    screen?.close()
    screen = undefined
  }

  const onMessage = (message: ToCandidate): void => {
    switch (message.type) {
      case 'logs': return set({ log: mergeLog(view.log, message.data, LOG_ROWS_MAX) })
      case 'status': return set({
        state: message.state,
        reason: message.reason,
        by: message.by
      })
      case 'rate':
        set({ savesData: message.fps <= FPS_LOW && message.width <= WIDTH_LOW })
        return onScreenWanted(message.screen !== undefined)
      case 'ack': return set({ problem: undefined, ...(message.seen !== undefined && { seen: message.seen }) })
      case 'message': return onNotice(message)
      case 'sent': return set({
        own: [...view.own.filter(({ id }) => id !== message.message.id), message.message]
      })
      case 'requests': return set({ handRaisedAt: message.handRaisedAt, breakAskedAt: message.breakAskedAt })
      // What comes after the first answer answers its breaking off.
      case 'calibrated': return set({ calibrated: view.calibrated ?? message })
      // In a pause frames that were on their way are refused, as they should be.
      case 'error': if (message.code !== 'INVIGIL_ERR_SESSION_PAUSED') set({ problem: message })
    }
  }
  const onNotice = (notice: Notice): void => {
    const key = notice.id ?? `${Date.now()} ${view.notices.length}`
    if (notice.id !== undefined) link?.send({ type: 'received', messageIds: [notice.id] })
    if (view.notices.some(known => known.key === key)) return
    const atMs = notice.at === undefined ? Date.now() : Date.parse(notice.at)
    set({ notices: [...view.notices, { ...notice, key, atMs, isSeen: false }].slice(-NOTICES_MAX) })
  }

  const onLink = (state: Link, closeCode?: number): void =>
    set({ link: state, closeCode, wasOpen: view.wasOpen || state === 'open' })

  const disconnect = (): void => {
    microphoneRound++
    unwatch?.()
    microphone?.close()
    closeScreen()
    link?.close()
    unwatch = microphone = link = undefined
    set({ link: undefined, closeCode: undefined, seen: undefined, microphone: 'off', screen: 'off', problem: undefined })
  }
  const unlisten = onLanguageChange(() => link?.readAgain())

  return {
    view: () => view,
    subscribe (listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async openCamera (video) {
      const round = ++cameraRound
      camera?.close()
      camera = undefined
      link?.setCamera(undefined)
      setCamera('opening')
      try {
        const opened = await openCamera(video, () => { if (round === cameraRound) setCamera('gone') }, {
          deviceId: cameraId,
          onMuted: isMuted => { if (round === cameraRound) setCamera(isMuted ? 'muted' : 'on') }
        })
        if (round !== cameraRound) return opened.close()
        camera = opened
        link?.setCamera(opened)
        setCamera('on')
      } catch (error) {
        if (round === cameraRound) setCamera(deviceFault(error as Error))
      }
    },
    async openMicrophone () {
      const round = ++microphoneRound
      microphone?.close()
      set({ microphone: 'opening' })
      try {
        const opened = await openMicrophone({
          deviceId: microphoneId,
          onSound: message => link?.sendSound(message),
          onEnded: () => { if (round === microphoneRound) setMicrophone('gone') }
        })
        if (round !== microphoneRound) return opened.close()
        microphone = opened
        setMicrophone('on')
      } catch (error) {
        if (round === microphoneRound) setMicrophone(deviceFault(error as Error))
      }
    },
    async shareScreen () {
      const round = ++screenRound
      setScreen({ screen: 'opening' })
      try {
        const opened = await shareScreen()
        if (round !== screenRound) return opened.close()
        useScreen(opened)
      } catch (error) {
        if (round === screenRound) setScreen({ screen: error instanceof ScreenError ? error.fault : 'busy' })
      }
    },
    connect () {
      if (link !== undefined) return
      set({ ...START, camera: view.camera, microphone: view.microphone, screen: view.screen })
      link = openCandidateLink({ userId, onLink, onMessage })
      link.setCamera(camera)
      unwatch = watchPage(window, link)
      const kept = takeKeptScreen()
      if (kept !== undefined) useScreen(kept)
      setCamera(view.camera)
    },
    send: message => link?.send(message) === true,
    restoreThread (notices, own) {
      const known = new Set([...view.notices.map(({ key }) => key), ...view.own.map(({ id }) => id)])
      set({
        notices: [...notices.filter(({ key }) => !known.has(key)), ...view.notices],
        own: [...own.filter(({ id }) => !known.has(id)), ...view.own]
      })
    },
    markSeen ({ key, id }) {
      if (id !== undefined) link?.send({ type: 'seen', messageIds: [id] })
      set({ notices: view.notices.map(notice => notice.key === key ? { ...notice, isSeen: true } : notice) })
    },
    calibrate: (corner, atMs) => link?.calibrate(corner, atMs),
    hurry: isOn => link?.hurry(isOn),
    hold: isOn => link?.hold(isOn),
    startCalibration: () => set({ calibrated: undefined }),
    reconnect: () => link?.reopen(),
    get camera () { return camera },
    disconnect,
    close () {
      unlisten()
      cameraRound++
      disconnect()
      camera?.close()
      camera = undefined
      set({ camera: 'off' })
      listeners.clear()
    }
  }
}
