import { useEffect, type RefObject } from 'react'
import { nextMoment, type Moment } from './moments.ts'

const STEP_SECONDS = 10
const FINE_STEP_SECONDS = 0.5

/** The keys of the player, anywhere on its page but in fields. */
export function usePlayerKeys (video: RefObject<HTMLVideoElement | null>, moments: readonly Moment[]): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const player = video.current
      const { target, ctrlKey, metaKey, altKey, key } = event
      const isField = target instanceof HTMLElement && target.closest('input, textarea, select, [role=dialog]') !== null
      if (player === null || isField || ctrlKey || metaKey || altKey) return
      const move = (seconds: number) => () => { player.currentTime += seconds }
      const goTo = (direction: -1 | 1) => () => {
        player.currentTime = nextMoment(moments, player.currentTime, direction)?.atSeconds ?? player.currentTime
      }
      const act = {
        j: move(-STEP_SECONDS),
        l: move(STEP_SECONDS),
        ',': move(-FINE_STEP_SECONDS),
        '.': move(FINE_STEP_SECONDS),
        '[': goTo(-1),
        ']': goTo(1),
        k: () => {
          if (player.paused) player.play().catch(() => {})
          else player.pause()
        }
      }[key.toLowerCase()]
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  })
}
