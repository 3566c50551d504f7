import { memo } from 'react'
import { duration } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import classes from './console.module.css'
import { placeOf } from './logic/room.ts'
import { Mark } from './mark.tsx'
import { t } from './text.ts'
import { useCandidate, useRoom } from './use-store.ts'
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

/** One candidate on the wall: the picture, the name, and what is wrong now. */
export const Tile = memo(function Tile ({ sessionId, isOpen, tabIndex, onOpen, onFocus }: Props) {
  useLanguage()
  const candidate = useCandidate(sessionId)
  const nowMs = useRoom('tick', store => store.nowMs)
  const isLost = useRoom('link', store => store.lostAtMs !== undefined)
  if (candidate === undefined) return null
  const { session: { name }, picture, viewers } = candidate
  const place = placeOf(candidate, nowMs)
  const need = needOf(candidate, nowMs)
  const isStale = picture !== undefined && nowMs - picture.atMs > STALE_MS
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
        {isStale && place === 'present' && (
          <span className={classes['age']}>{t('pictureOld', { time: duration(nowMs - picture.atMs) })}</span>
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
            {need?.icon === 'hand' ? <span aria-hidden='true'>✋</span> : need !== undefined && <Mark grade={need.grade} />}
            {words}
          </span>
        )}
      </span>
    </button>
  )
})

const initials = (name: string): string =>
  name.split(/\s+/).slice(0, 2).map(word => [...word][0] ?? '').join('').toUpperCase()
