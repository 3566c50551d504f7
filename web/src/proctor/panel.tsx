import { Alert, Button, CloseButton, Group, Menu } from '@mantine/core'
import { useEffect, useRef, useState, type RefObject } from 'react'
import { api } from '../api/client.ts'
import { clockTime, duration, number } from '../text/format.ts'
import { useLanguage } from '../text/index.ts'
import classes from './console.module.css'
import type { ConsoleActions } from './console-actions.ts'
import { EnrolledFace } from './enrolled-face.tsx'
import { IncidentCard } from './incident-card.tsx'
import { timeLeft } from './logic/facts.ts'
import { incidentsOf } from './logic/incidents.ts'
import { pictureAt } from './logic/pictures.ts'
import { placeOf, unseenQuestions, type Candidate } from './logic/room.ts'
import { BreakAnswer } from './break-answer.tsx'
import { Strip } from './strip.tsx'
import { t } from './text.ts'
import { Thread } from './thread.tsx'
import { Timeline } from './timeline.tsx'
import { useCandidate, useRoom, useStore } from './use-store.ts'

interface Props {
  readonly sessionId: string
  readonly atMs: number | undefined
  readonly actions: ConsoleActions
  readonly input: RefObject<HTMLTextAreaElement | null>
  readonly isWarning: boolean
  onWarningEnd (): void
  onMove (atMs: number | undefined): void
  onClose (): void
}

const STALE_MS = 8_000
/** Cards that are shown at once; older incidents are on the timeline. */
const CARDS_MAX = 40
/** Cards above the messages until the proctor asks for all. */
const CARDS_FIRST = 2

/** One candidate, large: picture, timeline, incidents, messages, and what a proctor can do. */
export function Panel ({ sessionId, ...props }: Props) {
  useLanguage()
  const store = useStore()
  const candidate = useCandidate(sessionId)
  const heading = useRef<HTMLHeadingElement>(null)
  const isThere = candidate !== undefined

  useEffect(() => {
    store.look(sessionId)
    return () => store.look(undefined)
  }, [store, sessionId])
  useEffect(() => { if (isThere) heading.current?.focus({ preventScroll: true }) }, [sessionId, isThere])
  useEffect(() => {
    const params = { path: { sessionId }, query: { limit: 200 } }
    api.GET('/api/v1/sessions/{sessionId}/messages', { params }).then(
      ({ data }) => { if (data !== undefined) store.addThread(sessionId, data.messages) },
      () => {}
    )
  }, [store, sessionId])

  // Messages of the candidate that are on the screen are seen.
  const waiting = candidate === undefined ? '' : unseenQuestions(candidate).map(({ id }) => id).join(' ')
  useEffect(() => {
    if (waiting === '') return
    store.act({ type: 'seen', sessionId, messageIds: waiting.split(' ').slice(0, 100) }).catch(() => {})
  }, [store, sessionId, waiting])

  return (
    <aside className={classes['panel']} aria-label={candidate?.session.name ?? t('open')}>
      {candidate === undefined
        ? (
          <Group justify='space-between'>
            <p className={classes['fine']}>{t('gone')}</p>
            <CloseButton aria-label={t('closePanel')} onClick={props.onClose} />
          </Group>
          )
        : <Open candidate={candidate} heading={heading} {...props} />}
    </aside>
  )
}

interface OpenProps extends Omit<Props, 'sessionId'> {
  readonly candidate: Candidate
  readonly heading: RefObject<HTMLHeadingElement | null>
}

function Open ({ candidate, heading, atMs, actions, input, isWarning, onWarningEnd, onMove, onClose }: OpenProps) {
  const nowMs = useRoom('tick', store => store.nowMs)
  const [isAll, setIsAll] = useState(false)
  const { session, viewers, pictures } = candidate
  const { sessionId, name, state, scores, handRaisedAt, breakAskedAt } = session
  const left = useRoom('tick', store => timeLeft(store.facts, session.userId, store.nowMs))
  const isEnding = useRoom('ends', ({ ends }) => ends.some(({ key }) => key === sessionId))
  const isOpen = state === 'active' || state === 'paused'
  const place = placeOf(candidate, nowMs)
  const isLive = place === 'present' && candidate.picture !== undefined && nowMs - candidate.picture.atMs <= STALE_MS
  const picture = atMs === undefined ? candidate.picture : pictureAt(pictures, atMs)
  const incidents = incidentsOf(candidate.findings.filter(({ class: kind }) => kind !== 'information')).reverse()
  return (
    <>
      <Group justify='space-between' wrap='nowrap' gap='xs'>
        <h2 ref={heading} tabIndex={-1} className={classes['panelName']}>{name}</h2>
        {isOpen && left !== undefined && <span className={classes['left']}>{t('left', { time: duration(left) })}</span>}
        <span className={classes['place']} data-place={place}>{t(`place.${place}`)}</span>
        <CloseButton aria-label={t('closePanel')} onClick={onClose} />
      </Group>
      {viewers.size > 0 && <p className={classes['fine']}>{t('looksToo', { names: [...viewers.values()].join(', ') })}</p>}
      {isOpen && handRaisedAt !== null && (
        <Alert variant='outline' p='xs' title={t('handRaised')}>
          <Button
            size='xs' variant='default'
            onClick={() => { actions.act({ type: 'hand', sessionId, raised: false }).catch(() => {}) }}
          >
            {t('lower')}
          </Button>
        </Alert>
      )}
      {isOpen && breakAskedAt !== null && <BreakAnswer candidate={candidate} actions={actions} />}
      <div className={classes['large']}>
        {picture === undefined
          ? <span className={classes['none']}>{t('noPicture')}</span>
          : <img src={`data:image/jpeg;base64,${picture.data}`} alt={t('picture', { name })} />}
        {picture !== undefined && atMs !== undefined && (
          <span className={classes['then']}>
            {t('pictureThen', { time: clockTime(picture.atMs) })}
            <Button size='compact-xs' variant='white' onClick={() => onMove(undefined)}>{t('backToLive')}</Button>
          </span>
        )}
        {picture !== undefined && atMs === undefined && !isLive && (
          <span className={classes['then']}>{t('pictureOld', { time: duration(nowMs - picture.atMs) })}</span>
        )}
      </div>
      <Strip pictures={pictures} atMs={atMs} onMove={onMove} />
      <Timeline candidate={candidate} nowMs={nowMs} atMs={atMs} onMove={onMove} />
      {isOpen && (
        <Group gap='xs'>
          {state === 'active'
            ? <Button size='xs' variant='default' onClick={() => actions.pause(sessionId)}>{t('pause')}</Button>
            : (
              <Button size='xs' onClick={() => { actions.act({ type: 'resume', sessionId }).catch(() => {}) }}>
                {t('resume')}
              </Button>
              )}
          <Menu position='bottom-start' withinPortal={false}>
            <Menu.Target><Button size='xs' variant='default'>{t('more')}</Button></Menu.Target>
            <Menu.Dropdown>
              <Menu.Item color='var(--serious)' disabled={isEnding} onClick={() => actions.end(sessionId)}>{t('end')}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      )}
      <section aria-label={t('incidents')}>
        <h3 className={classes['heading']}>{t('incidents')}</h3>
        {incidents.length === 0 && <p className={classes['fine']}>{t('incidentsNone')}</p>}
        <ol className={classes['list']}>
          {incidents.slice(0, isAll ? CARDS_MAX : CARDS_FIRST).map(incident => (
            <IncidentCard
              key={incident.id} candidate={candidate} incident={incident} nowMs={nowMs} actions={actions}
              isSelected={atMs !== undefined && atMs >= incident.startMs && atMs <= (incident.endMs ?? nowMs)}
              onSelect={onMove}
            />
          ))}
        </ol>
        {!isAll && incidents.length > CARDS_FIRST && (
          <Button size='compact-sm' variant='subtle' onClick={() => setIsAll(true)}>
            {t('allIncidents', { n: number(incidents.length) })}
          </Button>
        )}
      </section>
      <Thread
        key={sessionId} candidate={candidate} isOpen={isOpen} actions={actions} input={input} isWarning={isWarning}
        onWarningEnd={onWarningEnd}
      />
      <dl className={classes['facts']}>
        <div><dt>{t('risk')}</dt><dd>{number(scores.riskScore, 1)} · {t(`level.${scores.riskLevel}`)}</dd></div>
        <div><dt>{t('seenShare')}</dt><dd>{scores.seenPercent === null ? '–' : `${number(scores.seenPercent, 1)} %`}</dd></div>
        <div><dt>{t('trust')}</dt><dd>{scores.trustScore ?? t('unknown')}</dd></div>
        <div>
          <dt>{t('compliance')}</dt>
          <dd>{scores.complianceScore === null ? t('unknown') : `${number(scores.complianceScore, 1)} %`}</dd>
        </div>
      </dl>
      <EnrolledFace userId={session.userId} sessionId={sessionId} name={name} isLive={isLive} />
    </>
  )
}
