import { useEffect, useRef, useState } from 'react'
import { isLive, type Action, type Candidate } from '../live/monitor-link.ts'
import { t } from '../text/index.ts'
import { EnrolledFace } from './enrolled-face.tsx'
import { Log } from '../shared/log.tsx'
import { Strip } from './strip.tsx'
import { percent } from './tile.tsx'

const STRIP_SPAN_MS = 30 * 60_000

interface Props {
  readonly candidate: Candidate
  readonly nowMs: number
  onAct (action: Action): void
  onClose (): void
}

/** One candidate, large, with what a proctor can do. */
export function CandidateDialog ({ candidate, nowMs, onAct, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const { scores, state, name, log, thumbnail } = candidate
  const open = state === 'active' || state === 'paused'
  useEffect(() => { dialog.current?.showModal() }, [])

  const say = (type: 'warn' | 'message' | 'terminate') => () => {
    if (type === 'terminate' && !confirm(t('terminateSure', { name }))) return
    onAct({ type, text: text.trim() })
    setText('')
  }

  return (
    <dialog ref={dialog} onClose={onClose} aria-label={name}>
      <div className='row'>
        <h2 style={{ marginRight: 'auto' }}>{name}</h2>
        <span className={`pill ${state}`}>{t(`state.${state}`)}</span>
        <button type='button' onClick={() => dialog.current?.close()}>{t('close')}</button>
      </div>
      <div className='columns'>
        <div className='stack'>
          <div className='stage'>
            {thumbnail !== undefined && (
              <img src={`data:image/jpeg;base64,${thumbnail}`} alt={t('thumbnailOf', { name })} />
            )}
          </div>
          <EnrolledFace
            userId={candidate.userId}
            sessionId={candidate.sessionId}
            name={name}
            isLive={isLive(candidate, nowMs)}
          />
          <Strip log={log} nowMs={nowMs} spanMs={STRIP_SPAN_MS} />
          <ul className='facts'>
            <li>
              {t('risk')}
              <b className={scores.riskLevel.toLowerCase()}>
                {scores.riskScore} · {t(`level.${scores.riskLevel}`)}
              </b>
            </li>
            <li>
              {t('seen')}
              <b>{percent(scores.seenPercent)}</b>
            </li>
            <li>
              {t('trust')}
              <b>{scores.trustScore ?? t('notEnoughSeen')}</b>
            </li>
            <li>
              {t('compliance')}
              <b>{scores.complianceScore === null ? t('notEnoughSeen') : percent(scores.complianceScore)}</b>
            </li>
          </ul>
          <label>
            {t('yourWords')}
            <textarea rows={2} maxLength={500} value={text} onInput={event => setText(event.currentTarget.value)} />
          </label>
          <div className='row'>
            <button type='button' disabled={!open || text.trim() === ''} onClick={say('message')}>
              {t('sendMessage')}
            </button>
            <button type='button' className='main' disabled={!open || text.trim() === ''} onClick={say('warn')}>
              {t('warn')}
            </button>
            {state === 'active' && (
              <button type='button' onClick={() => onAct({ type: 'pause' })}>
                {t('pause')}
              </button>
            )}
            {state === 'paused' && (
              <button type='button' onClick={() => onAct({ type: 'resume' })}>
                {t('resume')}
              </button>
            )}
            <button type='button' className='danger' disabled={!open || text.trim() === ''} onClick={say('terminate')}>
              {t('terminate')}
            </button>
          </div>
          <p className='quiet'>{t('terminateHint')}</p>
        </div>
        <Log entries={log} empty={t('logEmpty')} />
      </div>
    </dialog>
  )
}
