import type { Candidate } from '../monitor-link.ts'
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
      <button type='button' class={`tile card ${level}`} onClick={() => onOpen(candidate.sessionId)}>
        <span class='stage'>
          {thumbnail !== undefined && (
            <img src={`data:image/jpeg;base64,${thumbnail}`} alt={t('thumbnailOf', { name })} />
          )}
        </span>
        <span class='name'>{name}</span>
        <span class='row'>
          <span class={`pill ${state}`}>{t(`state.${state}`)}</span>
          {state === 'active' && !online && <span class='pill technical'>{t('offline')}</span>}
        </span>
        <span>
          <span class='quiet'>
            {t('risk')} {scores.riskScore} · {t(`level.${scores.riskLevel}`)} · {t('seen')}{' '}
            {percent(scores.seenPercent)}
          </span>
          <span class={`meter ${level}`} aria-hidden='true' style='display:block'>
            <i style={{ width: `${Math.min(100, (100 * scores.riskScore) / METER_FULL)}%` }} />
          </span>
        </span>
        <Strip log={log} nowMs={nowMs} spanMs={STRIP_SPAN_MS} />
        <span class='quiet'>{log[0]?.event ?? t('logEmpty')}</span>
      </button>
    </li>
  )
}
