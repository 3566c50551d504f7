import { HandIcon } from '@radix-ui/react-icons'
import { memo, useRef, useSyncExternalStore } from 'react'
import { duration } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import classes from './console.module.css'
import { CALM_MS, mayWait } from './logic/calm.ts'
import { placeOf, type Candidate } from './logic/room.ts'
import { Mark } from './mark.tsx'
import { t } from './text.ts'
import type { ConsoleStore } from './store.ts'
import { useRoom, useStore } from './use-store.ts'
import { needOf } from './words.ts'

interface Props {
  readonly sessionId: string
  readonly isOpen: boolean
  readonly tabIndex: number
  onOpen (sessionId: string): void
  onFocus (sessionId: string): void
}

/** A picture is not of now any more after so long without another one. */
const STALE_MS = 8_000

const isBusy = (store: ConsoleStore, candidate: Candidate): boolean => needOf(candidate, store.nowMs)?.isOpen === true

/** The candidate as the tile draws it: while nothing is wrong, a new picture is taken up every `CALM_MS` only. */
function useTileCandidate (sessionId: string): Candidate | undefined {
  const store = useStore()
  const drawn = useRef<Candidate>(undefined)
  return useSyncExternalStore(
    listener => store.subscribe(sessionId, listener),
    () => {
      const [before, after] = [drawn.current, store.candidate(sessionId)]
      if (before !== undefined && after !== undefined && mayWait(before, after) && !isBusy(store, after)) return before
      drawn.current = after
      return after
    }
  )
}

/** The time, by the second where the tile shows one. */
function useTileTime (sessionId: string): number {
  return useRoom('tick', store => {
    const candidate = store.candidate(sessionId)
    const shows = candidate !== undefined &&
      (isBusy(store, candidate) || staleFor(candidate, store.nowMs) !== undefined)
    return shows ? store.nowMs : Math.floor(store.nowMs / CALM_MS) * CALM_MS
  })
}

/** Since when no picture has come, if that is longer than it should be. */
const staleFor = ({ picture }: Candidate, nowMs: number): number | undefined =>
  picture !== undefined && nowMs - picture.atMs > STALE_MS ? nowMs - picture.atMs : undefined

/** One candidate on the wall: the picture, the name, and what is wrong now. */
export const Tile = memo(function Tile ({ sessionId, isOpen, tabIndex, onOpen, onFocus }: Props) {
  useLanguage()
  const candidate = useTileCandidate(sessionId)
  const newest = useStore().candidate(sessionId)
  const nowMs = useTileTime(sessionId)
  const isLost = useRoom('link', store => store.lostAtMs !== undefined)
  if (candidate === undefined || newest === undefined) return null
  const { session: { name }, picture, viewers } = candidate
  const place = placeOf(candidate, nowMs)
  const need = needOf(candidate, nowMs)
  const staleMs = staleFor(newest, nowMs)
  const words = need === undefined
    ? (place === 'present' ? undefined : t(`place.${place}`))
    : need.isOpen ? `${need.text} ${duration(nowMs - need.sinceMs)}` : need.text
  return (
    <button
      type='button'
      className={classes['tile']}
      data-session={sessionId}
      data-grade={need?.isOpen === true ? need.grade : 'none'}
      data-icon={need?.icon}
      data-gone={isLost || place !== 'present' || undefined}
      aria-current={isOpen || undefined}
      tabIndex={tabIndex}
      onClick={() => onOpen(sessionId)}
      onFocus={() => onFocus(sessionId)}
    >
      <span className={classes['frame']}>
        {picture === undefined
          ? <span className={classes['none']}>{t('noPicture')}</span>
          : <img src={`data:image/jpeg;base64,${picture.data}`} alt='' draggable={false} />}
        {staleMs !== undefined && place === 'present' && (
          <span className={classes['age']}>{t('pictureOld', { time: duration(staleMs) })}</span>
        )}
        {viewers.size > 0 && (
          <span className={classes['eyes']} title={t('lookedAtBy', { names: [...viewers.values()].join(', ') })}>
            {[...viewers.values()].map(initials).join(' ')}
          </span>
        )}
      </span>
      <span className={classes['caption']}>
        <span className={classes['tileName']}>{name}</span>
        {words !== undefined && (
          <span className={classes['tileNeed']}>
            {need?.icon === 'hand' ? <HandIcon aria-hidden='true' /> : need !== undefined && <Mark grade={need.grade} />}
            {words}
          </span>
        )}
      </span>
    </button>
  )
})

const initials = (name: string): string =>
  name.split(/\s+/).slice(0, 2).map(word => [...word][0] ?? '').join('').toUpperCase()
