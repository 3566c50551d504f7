import { Modal, Text } from '@mantine/core'
import { useState } from 'react'
import { query } from '../api/client.ts'
import { dateTime, number } from '../text/format.ts'
import classes from './console.module.css'
import type { Facts } from './logic/facts.ts'
import { t } from './text.ts'
import { useRoom } from './use-store.ts'

/** How many assigned candidates have not begun; opens their list. */
export function NotBegun () {
  const facts = useRoom('facts', store => store.facts)
  const [isOpen, setIsOpen] = useState(false)
  if (facts === undefined || facts.notBegun === 0) return null
  return (
    <>
      <button type='button' className={classes['countButton']} onClick={() => setIsOpen(true)}>
        {t('notBegun', { n: number(facts.notBegun) })}
      </button>
      {isOpen && (
        <Modal
          opened onClose={() => setIsOpen(false)} centered title={t('notBegunTitle')}
          closeButtonProps={{ 'aria-label': t('closePanel') }}
        >
          <Names facts={facts} />
        </Modal>
      )}
    </>
  )
}

function Names ({ facts: { assigned, notBegun, candidates } }: { readonly facts: Facts }) {
  const names = candidates.map(({ userName }) => userName)
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
  return (
    <>
      <Text size='sm' c='dimmed' mb='xs'>{t('notBegunOf', { n: number(notBegun), all: number(assigned) })}</Text>
      <ul className={classes['names']}>{names.map((name, at) => <li key={at}>{name}</li>)}</ul>
      {notBegun > names.length && <Text size='sm'>{t('notBegunMore', { n: number(notBegun - names.length) })}</Text>}
    </>
  )
}

/** The console before the first candidate begins. */
export function NobodyYet ({ examId }: { readonly examId: string | undefined }) {
  const facts = useRoom('facts', store => store.facts)
  const exam = query.useQuery(
    'get', '/api/v1/exams/{examId}', { params: { path: { examId: examId ?? '' } } }, { enabled: examId !== undefined }
  )
  const opensAtMs = exam.data?.opensAtMs ?? null
  return (
    <div className={classes['empty']} role='status'>
      <p><b>{t('nobody')}</b></p>
      {facts !== undefined && facts.assigned > 0 && <p>{t('assigned', { n: number(facts.assigned) })}</p>}
      {opensAtMs !== null && opensAtMs > Date.now() && <p>{t('opensAt', { time: dateTime(opensAtMs) })}</p>}
      <p>{t('nobodyWhy')}</p>
      {facts !== undefined && facts.candidates.length > 0 && (
        <details className={classes['namesOpen']}>
          <summary>{t('notBegunTitle')}</summary>
          <Names facts={facts} />
        </details>
      )}
    </div>
  )
}
