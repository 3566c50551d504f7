import type { Seen } from '../live/protocol.ts'
import { t } from '../text/index.ts'

/** Boxes over the preview: faces and objects where the server saw them. */
export function SeenOverlay ({ seen }: { readonly seen: Seen }) {
  return (
    <svg viewBox='0 0 1 1' preserveAspectRatio='none' aria-hidden='true'>
      {seen.faces.map(({ box: [x, y, width, height] }) => (
        <rect key={`${x},${y}`} x={x} y={y} width={width} height={height} stroke='#5fc98c' />
      ))}
      {seen.objects?.map(({ label, box: [x, y, width, height] }) => (
        <rect key={`${label}${x}`} x={x} y={y} width={width} height={height} stroke='#ff8a80' />
      ))}
    </svg>
  )
}

/**
 * The same in words, for the candidate to see what is taken from a picture and what is not. The picture's left is the
 * candidate's own right, and is named so.
 */
export function SeenFacts ({ seen }: { readonly seen: Seen }) {
  const [first] = seen.faces
  return (
    <ul className='facts'>
      <li>{t('facesSeen')}<b>{seen.faces.length}</b></li>
      {first !== undefined && <li>{t('looking')}<b>{t(`direction.${first.direction}` as 'direction.center')}</b></li>}
      {seen.hands !== undefined && <li>{t('handsSeen')}<b>{seen.hands}</b></li>}
      {seen.persons !== undefined && <li>{t('personsSeen')}<b>{seen.persons}</b></li>}
      <li>{t('light')}<b>{t(seen.brightness < 0.2 ? 'dark' : 'bright')}</b></li>
    </ul>
  )
}
