import type { Candidate } from '../live/monitor-link.ts'
import { t } from '../text/index.ts'
import { Strip } from './strip.tsx'

const STRIP_SPAN_MS = 10 * 60_000
/** The meter is full at this risk; the level's colour carries the rest. */
const METER_FULL = 20

interface Props {
  readonly candidate: Candidate
  readonly nowMs: number
  onOpen (sessionId: string): void
}

/** A share for people; a dash where it is not known. */
export const percent = (share: number | null): string => share === null ? '–' : `${share} %`

/** One candidate on the wall. */
export function Tile ({ candidate, nowMs, onOpen }: Props) {
  const { scores, state, online, name, log, thumbnail } = candidate
  const level = scores.riskLevel.toLowerCase()
  return (
    <li>
      <button type='button' className={`tile card ${level}`} onClick={() => onOpen(candidate.sessionId)}>
        <span className='stage'>
          {thumbnail !== undefined && (
            <img src={`data:image/jpeg;base64,${thumbnail}`} alt={t('thumbnailOf', { name })} />
          )}
        </span>
        <span className='name'>{name}</span>
        <span className='row'>
          <span className={`pill ${state}`}>{t(`state.${state}`)}</span>
          {state === 'active' && !online && <span className='pill technical'>{t('offline')}</span>}
        </span>
        <span>
          <span className='quiet'>
            {t('risk')} {scores.riskScore} · {t(`level.${scores.riskLevel}`)} · {t('seen')}{' '}
            {percent(scores.seenPercent)}
          </span>
          <span className={`meter ${level}`} aria-hidden='true' style={{ display: 'block' }}>
            <i style={{ width: `${Math.min(100, (100 * scores.riskScore) / METER_FULL)}%` }} />
          </span>
        </span>
        <Strip log={log} nowMs={nowMs} spanMs={STRIP_SPAN_MS} />
        <span className='quiet'>{log[0]?.event ?? t('logEmpty')}</span>
      </button>
    </li>
  )
}
