import { memo } from 'react'
import { clockTime } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import classes from './console.module.css'
import { sample, type Picture } from './logic/pictures.ts'
import { t } from './text.ts'

interface Props {
  readonly pictures: readonly Picture[]
  readonly atMs: number | undefined
  onMove (atMs: number | undefined): void
}

const SHOWN = 12

/** Pictures of the last minutes, evenly spread; one of them moves the playhead. */
export const Strip = memo(function Strip ({ pictures, atMs, onMove }: Props) {
  useLanguage()
  const [first, last] = [pictures[0], pictures.at(-1)]
  if (first === undefined || last === undefined || pictures.length < 2) return null
  return (
    <div className={classes['strip']} role='group' aria-label={t('strip')} title={t('strip')}>
      {sample(pictures, first.atMs, last.atMs, SHOWN).map(picture => (
        <button
          key={picture.atMs} type='button' aria-label={t('pictureThen', { time: clockTime(picture.atMs) })}
          aria-pressed={atMs === picture.atMs} onClick={() => onMove(picture.atMs)}
        >
          <img src={`data:image/jpeg;base64,${picture.data}`} alt='' />
        </button>
      ))}
    </div>
  )
})
