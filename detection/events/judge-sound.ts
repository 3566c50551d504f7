import type { SoundObservation } from '../types.ts'
import { readSignal } from './signal-tracker.ts'
import { close, isOpen, open, PAGE_REPORT_MS, type Draft } from './judge-state.ts'
import { applyPolicy, type Policy } from './policy.ts'
import type { ClientRule, SoundRule } from './rule.ts'
import { SOUND_KINDS } from './rules.ts'
import { rememberVoices } from './voices.ts'
import { endOf, isDigitalSilence, rememberSound, type SoundView } from './sounds.ts'

/** Judges a piece of sound; one that does not end after the newest one is ignored. */
export function judgeSound (draft: Draft, piece: SoundObservation, isFrozen: boolean, policy: Policy): void {
  const { state } = draft
  const atMs = endOf(piece)
  if (state.heardMs !== undefined && atMs <= state.heardMs) return
  const sounds = rememberSound(state.heard, piece)
  const isAfterGap = sounds.length === 1
  state.heardMs = atMs
  state.heard = sounds
  if (piece.voices !== undefined) {
    const { limits } = applyPolicy('multiple_voices', policy) as SoundRule
    state.voices = rememberVoices(state.voices, piece.voices, limits.sameVoiceMin!)
  }
  const view: SoundView = {
    sounds,
    faces: state.history,
    isFrozen,
    isBackground: isOpen(state.signals.background_voice),
    voices: state.voices
  }
  for (const kind of SOUND_KINDS) {
    const rule = applyPolicy(kind, policy) as SoundRule
    readSignal(draft, kind, rule, atMs, () => rule.read(view, rule))
  }
  watchMicrophone(draft, piece, isAfterGap, policy)
}

/**
 * Reports `microphone_off` after lasting digital silence, whether or not the page reported it. Missing sound does not
 * count as silence.
 */
function watchMicrophone (draft: Draft, piece: SoundObservation, isAfterGap: boolean, policy: Policy): void {
  const { state } = draft
  const rule = applyPolicy('microphone_off', policy) as ClientRule
  if (!isDigitalSilence(piece)) {
    const off = state.open.microphone_off
    // Sound captured well after the page's report proves that the microphone is on.
    if (state.isMuted === true || (off !== undefined && piece.atMs - off.sinceMs > PAGE_REPORT_MS)) {
      close(draft, 'microphone_off', rule, piece.atMs)
    }
    delete state.mutedSinceMs
    delete state.isMuted
    return
  }
  if (isAfterGap && state.isMuted !== true) delete state.mutedSinceMs
  state.mutedSinceMs ??= piece.atMs
  const silentMs = endOf(piece) - state.mutedSinceMs
  if (
    !rule.enabled ||
    rule.silentMs === undefined ||
    silentMs < rule.silentMs ||
    state.isMuted === true ||
    state.open.microphone_off !== undefined
  ) { return }
  state.isMuted = true
  open(draft, 'microphone_off', rule, state.mutedSinceMs, { source: 'sound', silentMs, enterMs: rule.silentMs })
}
