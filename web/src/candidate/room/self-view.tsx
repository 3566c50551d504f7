import { ActionIcon } from '@mantine/core'
import { ChevronDownIcon, ChevronUpIcon } from '@radix-ui/react-icons'
import { useState, type Ref } from 'react'
import { t } from './text.ts'
import classes from './room.module.css'

const FOLDED = 'invigil.pictureFolded'

/** The candidate's own picture, small, without boxes. Folded it plays on, for pictures are taken from it. */
export function SelfView ({ video }: { readonly video: Ref<HTMLVideoElement> }) {
  const [isFolded, setIsFolded] = useState(localStorage.getItem(FOLDED) === '1')
  const toggle = () => {
    localStorage.setItem(FOLDED, isFolded ? '0' : '1')
    setIsFolded(!isFolded)
  }
  return (
    <div className={classes['self']}>
      <video
        ref={video} muted playsInline aria-label={t('yourPicture')} className={classes[isFolded ? 'folded' : 'picture']}
      />
      <ActionIcon
        variant='default' size='sm' aria-expanded={!isFolded} onClick={toggle}
        aria-label={t(isFolded ? 'showPicture' : 'hidePicture')}
      >
        {isFolded ? <ChevronUpIcon /> : <ChevronDownIcon />}
      </ActionIcon>
    </div>
  )
}
