import { Button, Group, Text, VisuallyHidden } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { duration } from '../../text/format.ts'
import { t } from './text.ts'
import { remainingAt, warningBetween, type WarningMinutes } from './exam-clock.ts'
import { useRoom, useRoomView } from './room-context.tsx'
import classes from './room.module.css'

const TICK_MS = 500
const HIDDEN = 'invigil.clockHidden'
/** So long the words of a mark stay beside a hidden clock. */
const WORDS_MS = 20_000

/** The time that is left. It can be hidden; at ten, five and one minutes it is said in words either way. */
export function Clock () {
  const { refresh } = useRoom()
  const reading = useRoomView(({ clock }) => clock)
  const [left, setLeft] = useState<number | null>(null)
  const [isHidden, setIsHidden] = useState(localStorage.getItem(HIDDEN) === '1')
  const [warning, setWarning] = useState<{ readonly minutes: WarningMinutes, readonly atMs: number }>()
  const before = useRef<number | null>(undefined)

  useEffect(() => {
    if (reading === undefined) return
    const tick = () => {
      const nowMs = performance.now()
      const left = remainingAt(reading, nowMs)
      const minutes = warningBetween(before.current, left)
      if (minutes !== undefined) setWarning({ minutes, atMs: nowMs })
      if (left === 0 && before.current !== 0) refresh()
      before.current = left
      setLeft(left)
    }
    tick()
    const timer = setInterval(tick, TICK_MS)
    return () => clearInterval(timer)
  }, [reading])

  if (reading === undefined || reading.remainingMs === null) return null
  const toggle = () => {
    localStorage.setItem(HIDDEN, isHidden ? '0' : '1')
    setIsHidden(!isHidden)
  }
  const words = warning === undefined ? '' : t(`minutesLeft.${warning.minutes}`)
  const isRecent = warning !== undefined && performance.now() - warning.atMs < WORDS_MS
  const isShort = left !== null && left <= 60_000
  return (
    <Group gap={4} wrap='nowrap' className={classes['clock'] ?? ''}>
      <VisuallyHidden role='status'>{words}</VisuallyHidden>
      {isHidden
        ? <Text size='sm' aria-hidden='true'>{isRecent || isShort ? words : ''}</Text>
        : (
          <span role='timer' aria-label={t('timeLeft')} className={classes['time']}>
            {reading.isPaused && <span aria-hidden='true'>⏸ </span>}
            {duration(left ?? 0)}
            {isRecent && <Text span size='sm' ml={6} aria-hidden='true'>{words}</Text>}
          </span>
          )}
      <Button variant='subtle' size='compact-xs' aria-expanded={!isHidden} onClick={toggle}>
        {t(isHidden ? 'showClock' : 'hideClock')}
      </Button>
    </Group>
  )
}
