/**
 * What lasts of the things a page sees: the server hears when each begins and when it ends, and once more where it may
 * not have heard.
 */

export type LastingEvent =
  'tab_switch' | 'window_blur' | 'fullscreen_exit' | 'second_screen' | 'camera_off' | 'microphone_off' |
  'screen_share_stopped'

export interface Lasting {
  /** Takes note of how it is, since `atMs`; tells it where it was otherwise before, or not known. */
  set (event: LastingEvent, isOn: boolean, atMs: number): void
  isOn (event: LastingEvent): boolean
  /**
   * Tells all of it again: for when a line has opened or a pause is over. What was told meanwhile is lost, a pause has
   * ended everything, and a page before this one may have left something open. The server ignores a start of what is
   * open and an end of what is not.
   */
  retell (nowMs: number): void
}

export function createLasting (tell: (event: LastingEvent, phase: 'start' | 'end', atMs: number) => void): Lasting {
  const known = new Map<LastingEvent, { readonly isOn: boolean, readonly atMs: number }>()
  /**
   * What the server has surely heard to be over. A silent microphone is the server's own to find: it must not be told
   * its end at every line.
   */
  const settled = new Set<LastingEvent>()
  return {
    set (event, isOn, atMs) {
      if (known.get(event)?.isOn === isOn) return
      known.set(event, { isOn, atMs })
      if (isOn) settled.delete(event)
      tell(event, isOn ? 'start' : 'end', atMs)
    },
    isOn: event => known.get(event)?.isOn === true,
    retell (nowMs) {
      for (const [event, { isOn, atMs }] of known) {
        if (isOn) tell(event, 'start', nowMs)
        else if (!settled.has(event)) tell(event, 'end', atMs)
        if (!isOn) settled.add(event)
      }
    }
  }
}
