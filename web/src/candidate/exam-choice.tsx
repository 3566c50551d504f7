import type { ExamOffer } from './attempt.ts'
import { t } from '../text/index.ts'

interface Props {
  readonly offers: readonly ExamOffer[]
  /** The exam with the open attempt. The candidate continues it first. */
  readonly openId: string | undefined
  readonly chosenId: string | undefined
  onChoose (examId: string | undefined): void
}

/** Which exam to begin, and what it asks of its candidates. */
export function ExamChoice ({ offers, openId, chosenId, onChoose }: Props) {
  const chosen = offers.find(({ id }) => id === chosenId)
  return (
    <div className='stack'>
      <label>
        {t('examWhich')}
        <select
          value={chosenId ?? ''}
          disabled={openId !== undefined}
          onChange={event => onChoose(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        >
          {openId === undefined && <option value=''>{t('examNone')}</option>}
          {offers.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
        </select>
      </label>
      {openId !== undefined && <p className='notice kind'>{t('examGoesOn')}</p>}
      {chosen !== undefined && (
        <section className='notice kind' aria-label={t('examConditions')}>
          <h2>{t('examConditions')}</h2>
          <ul>{chosen.conditions.map(sentence => <li key={sentence}>{sentence}</li>)}</ul>
        </section>
      )}
    </div>
  )
}
