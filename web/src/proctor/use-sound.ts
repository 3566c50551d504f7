import { useEffect, useRef } from 'react'
import { gradeOf, isUnseen } from './logic/attention.ts'
import { placeOf } from './logic/room.ts'
import { nextTone, SILENT, type Tone } from './logic/sound-policy.ts'
import type { ConsoleStore } from './store.ts'

/** Technical trouble makes a sound only where it is that of more than a tenth of the room. */
const ROOM_SHARE = 0.1

/** The reasons for a tone now, by a key each. */
export function causesOf (store: ConsoleStore): Map<string, Tone> {
  const causes = new Map<string, Tone>()
  let lost = 0
  for (const id of store.ids) {
    const candidate = store.candidate(id)
    if (candidate === undefined) continue
    const place = placeOf(candidate, store.nowMs)
    if (place === 'ended') continue
    if (place === 'reconnecting') lost++
    if (candidate.session.handRaisedAt !== null) causes.set(`hand ${id}`, 'hand')
    if (candidate.session.breakAskedAt !== null) causes.set(`break ${id}`, 'hand')
    if (candidate.calledAtMs !== undefined) causes.set(`call ${id}`, 'serious')
    for (const finding of candidate.findings) {
      if (finding.endMs !== undefined || gradeOf(finding) !== 'serious') continue
      const known = candidate.acknowledgements.get(finding.id)
      const said = known === undefined ? undefined : { state: known.state, atMs: Date.parse(known.at) }
      if (isUnseen(finding, said, store.nowMs)) causes.set(finding.id, 'serious')
    }
  }
  if (lost > 1 && lost > store.ids.length * ROOM_SHARE) causes.set('line', 'serious')
  return causes
}

const FREQUENCIES: Readonly<Record<Tone, readonly number[]>> = { hand: [660], serious: [520, 390] }
const TONE_SECONDS = 0.25
const LOUDNESS = 0.12

function play (context: AudioContext, tone: Tone): void {
  for (const [at, frequency] of FREQUENCIES[tone].entries()) {
    const from = context.currentTime + at * TONE_SECONDS
    const oscillator = context.createOscillator()
    const gain = context.createGain()
    oscillator.frequency.value = frequency
    gain.gain.setValueAtTime(0, from)
    gain.gain.linearRampToValueAtTime(LOUDNESS, from + 0.03)
    gain.gain.linearRampToValueAtTime(0, from + TONE_SECONDS)
    oscillator.connect(gain).connect(context.destination)
    oscillator.start(from)
    oscillator.stop(from + TONE_SECONDS)
  }
}

/** Plays the tones of the console while sound is on, and says in the window's title how many wait. */
export function useSound (store: ConsoleStore, isOn: boolean): void {
  const state = useRef(SILENT)
  const context = useRef<AudioContext>(undefined)
  useEffect(() => {
    const title = /^\(\d+\) /
    const look = () => {
      const causes = causesOf(store)
      document.title = `${causes.size > 0 ? `(${causes.size}) ` : ''}${document.title.replace(title, '')}`
      const next = nextTone(state.current, causes, store.nowMs)
      state.current = next.state
      if (!isOn || next.tone === undefined) return
      context.current ??= new AudioContext()
      play(context.current, next.tone)
    }
    const leave = store.subscribe('tick', look)
    return () => {
      leave()
      document.title = document.title.replace(title, '')
    }
  }, [store, isOn])
}
