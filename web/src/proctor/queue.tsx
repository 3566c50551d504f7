import { Button, Group } from '@mantine/core'
import { HandIcon } from '@radix-ui/react-icons'
import { memo, useRef } from 'react'
import { duration, number } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import classes from './console.module.css'
import type { ConsoleActions } from './console-actions.ts'
import { gradeOf, isUnseen } from './logic/attention.ts'
import { seenFinding } from './logic/room.ts'
import { Mark } from './mark.tsx'
import { t } from './text.ts'
import { useCandidate, useRoom, useStore } from './use-store.ts'
import { needOf, sinceWords } from './words.ts'

interface Props {
  readonly openId: string | undefined
  /** The search's candidates; undefined: all of them. */
  readonly found: ReadonlySet<string> | undefined
  readonly actions: ConsoleActions
  onOpen (sessionId: string): void
}

/** Who needs a look now, the most urgent first. It does not move while a pointer or the focus is in it. */
export function Queue ({ openId, found, actions, onOpen }: Props) {
  const store = useStore()
  const queue = useRoom('queue', ({ queue }) => queue)
  const isLoaded = useRoom('room', ({ isLoaded }) => isLoaded)
  const waiting = useRoom('queue', ({ newInQueue }) => newInQueue)
  const shown = found === undefined ? queue : queue.filter(id => found.has(id))
  const list = useRef<HTMLElement>(null)
  const held = useRef({ pointer: false, focus: false, scroll: false })
  const hold = (by: 'pointer' | 'focus' | 'scroll', isHeld: boolean) => {
    held.current[by] = isHeld
    store.isQueueHeld = Object.values(held.current).some(Boolean)
  }
  const showNew = () => {
    list.current?.scrollTo({ top: 0 })
    store.sortNow()
  }
  return (
    <section
      ref={list} className={classes['queue']} aria-label={t('queue')}
      onPointerEnter={() => hold('pointer', true)} onPointerLeave={() => hold('pointer', false)}
      onFocus={() => hold('focus', true)} onBlur={() => hold('focus', false)}
      onScroll={event => hold('scroll', event.currentTarget.scrollTop > 0)}
    >
      <div role='status' className={classes['newInQueue']}>
        {waiting > 0 && (
          <Button size='compact-sm' fullWidth onClick={showNew}>{t('newInQueue', { n: number(waiting) })}</Button>
        )}
      </div>
      <h2 className={classes['heading']}>{t('queue')} {shown.length > 0 && `(${number(shown.length)})`}</h2>
      {shown.length === 0
        ? isLoaded && <Quiet />
        : (
          <ol className={classes['list']}>
            {shown.map(id => (
              <QueueItem key={id} sessionId={id} isOpen={id === openId} actions={actions} onOpen={onOpen} />
            ))}
          </ol>
          )}
      <Seen found={found} openId={openId} onOpen={onOpen} />
      <p className={classes['fine']}>{t('judge')}</p>
    </section>
  )
}

/** Candidates whose incidents staff have seen, folded: they come back into the queue with something new. */
function Seen ({ found, openId, onOpen }: Pick<Props, 'found' | 'openId' | 'onOpen'>) {
  const store = useStore()
  const seen = useRoom('queue', ({ seen }) => seen)
  const shown = found === undefined ? seen : seen.filter(id => found.has(id))
  if (shown.length === 0) return null
  return (
    <details className={classes['seenGroup']}>
      <summary>{t('seenGroup', { n: number(shown.length) })}</summary>
      <ul className={classes['list']}>
        {shown.map(id => {
          const candidate = store.candidate(id)
          const finding = candidate === undefined ? undefined : seenFinding(candidate, store.nowMs)
          if (candidate === undefined || finding === undefined) return null
          const known = candidate.acknowledgements.get(finding.id)!
          return (
            <li key={id} className={classes['item']} data-open={id === openId || undefined}>
              <button
                type='button' className={classes['itemOpen']} aria-current={id === openId || undefined}
                onClick={() => onOpen(id)}
              >
                <span className={classes['itemTop']}><Mark grade={gradeOf(finding)} /><b>{candidate.session.name}</b></span>
                <span className={classes['itemText']}>{finding.text}</span>
                <span className={classes['fine']}>
                  {t(known.state === 'flagged' ? 'ack.flagged' : 'ack.seen', { name: known.by.name ?? t('someone') })}
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </details>
  )
}

function Quiet () {
  const words = useRoom('tick', store => {
    const ends = store.ids.flatMap(id => store.candidate(id)?.findings ?? [])
      .filter(finding => gradeOf(finding) !== 'none' && finding.endMs !== undefined)
      .map(({ endMs }) => endMs!)
    return ends.length === 0
      ? t('quiet')
      : t('quietSince', { time: duration(store.nowMs - Math.max(...ends)) })
  })
  return <p className={classes['fine']}>{words}</p>
}

interface ItemProps {
  readonly sessionId: string
  readonly isOpen: boolean
  readonly actions: ConsoleActions
  onOpen (sessionId: string): void
}

const QueueItem = memo(function QueueItem ({ sessionId, isOpen, actions, onOpen }: ItemProps) {
  useLanguage()
  const candidate = useCandidate(sessionId)
  const nowMs = useRoom('tick', store => store.nowMs)
  if (candidate === undefined) return null
  const need = needOf(candidate, nowMs)
  const { session: { name }, acknowledgements } = candidate
  const finding = need?.finding
  const known = finding === undefined ? undefined : acknowledgements.get(finding.id)
  const canSee = finding !== undefined &&
    isUnseen(finding, known === undefined ? undefined : { state: known.state, atMs: Date.parse(known.at) }, nowMs)
  return (
    <li className={classes['item']} data-grade={need?.grade ?? 'none'} data-open={isOpen || undefined}>
      <button
        type='button' className={classes['itemOpen']} data-queue={sessionId} aria-current={isOpen || undefined}
        onClick={() => onOpen(sessionId)}
      >
        <span className={classes['itemTop']}>
          {need?.icon === 'hand' ? <HandIcon aria-hidden='true' /> : <Mark grade={need?.grade ?? 'none'} />}
          <b>{name}</b>
          {need !== undefined && <span className={classes['itemSince']}>{sinceWords(need, nowMs)}</span>}
        </span>
        <span className={classes['itemText']}>{need?.text ?? t('seen')}</span>
      </button>
      {canSee && (
        <Group gap={4} wrap='nowrap' className={classes['itemActions'] ?? ''}>
          <Button size='compact-xs' variant='default' onClick={() => actions.acknowledge(sessionId, finding.id, 'seen')}>
            {t('seen')}
          </Button>
          <Button size='compact-xs' variant='default' onClick={() => actions.warn(sessionId)}>
            {t(finding.class === 'technical' ? 'messageShort' : 'warn')}
          </Button>
          <Button size='compact-xs' variant='default' onClick={() => actions.flag(sessionId, finding.id)}>
            {t('flag')}
          </Button>
        </Group>
      )}
    </li>
  )
})
