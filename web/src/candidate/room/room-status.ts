/** The one line that says how the exam is connected: what matters most of all that may be wrong. */
import type { StreamView } from '../../live/session-stream.ts'
import type { BufferView } from './answer-buffer.ts'

export type RoomStatus =
  | 'elsewhere' | 'login' | 'lineLost' | 'connecting' | 'paused' | 'unseen' | 'cameraGone' | 'screenGone' | 'microphoneGone'
  | 'savesData' | 'well'

export type StatusTone = 'serious' | 'notable' | 'technical' | 'well'

type Line = Pick<StreamView, 'link' | 'closeCode' | 'wasOpen' | 'state' | 'camera' | 'microphone' | 'savesData'> &
  Partial<Pick<StreamView, 'screen' | 'wantsScreen'>>

const REPLACED = 4409
const LOGGED_OUT = 4401

export function roomStatus (
  { link, closeCode, wasOpen, state, camera, microphone, savesData, screen, wantsScreen }: Line,
  { delay }: Pick<BufferView, 'delay'>
): RoomStatus {
  if (link === 'refused' && closeCode === REPLACED) return 'elsewhere'
  if ((link === 'refused' && closeCode === LOGGED_OUT) || delay === 'login') return 'login'
  if (link === 'waiting' || (link === 'connecting' && wasOpen) || delay === 'line') return 'lineLost'
  if (link !== 'open') return 'connecting'
  if (state === 'paused') return 'paused'
  if (delay === 'unseen') return 'unseen'
  if (camera !== 'on' && camera !== 'opening') return 'cameraGone'
  if (wantsScreen === true && screen !== 'on') return 'screenGone'
  if (microphone !== 'on' && microphone !== 'opening') return 'microphoneGone'
  return savesData ? 'savesData' : 'well'
}

export const STATUS_TONE: Readonly<Record<RoomStatus, StatusTone>> = {
  elsewhere: 'serious',
  login: 'serious',
  lineLost: 'technical',
  connecting: 'technical',
  paused: 'notable',
  unseen: 'notable',
  cameraGone: 'notable',
  screenGone: 'technical',
  microphoneGone: 'technical',
  savesData: 'technical',
  well: 'well'
}
