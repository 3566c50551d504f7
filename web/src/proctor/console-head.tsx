import { ActionIcon, Anchor, Button, Group, SegmentedControl, TextInput } from '@mantine/core'
import { BellIcon, QuestionMarkIcon, SpeakerLoudIcon, SpeakerOffIcon } from '@radix-ui/react-icons'
import type { RefObject } from 'react'
import { Link } from 'wouter'
import { query } from '../api/client.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { number } from '../text/format.ts'
import type { View } from './console-actions.ts'
import classes from './console.module.css'
import { FilterMenu } from './filter-menu.tsx'
import { placeOf, type Place } from './logic/room.ts'
import { NotBegun } from './not-begun.tsx'
import { NO_EXAM } from './store.ts'
import { t } from './text.ts'
import type { Notices } from './use-notices.ts'
import { useRoom } from './use-store.ts'

interface Props {
  readonly examId: string
  readonly view: View
  readonly words: string
  readonly place: string
  readonly marked: string
  readonly isSoundOn: boolean
  readonly notices: Notices
  readonly finder: RefObject<HTMLInputElement | null>
  onView (view: View): void
  onWords (words: string): void
  onFilter (name: 'place' | 'marked', value: string | undefined): void
  onSound (isOn: boolean): void
  onNotices (): void
  /** Undefined: there is nobody to write to at once. */
  readonly onBroadcast: (() => void) | undefined
  onHelp (): void
}

const COUNTED = ['present', 'reconnecting', 'missing', 'paused'] as const satisfies readonly Place[]

/** The exam, how many are there, and what changes the view. */
export function ConsoleHead (props: Props) {
  const { examId, view, words, place, marked, isSoundOn, notices, finder, onView, onWords, onFilter } = props
  const { onSound, onNotices, onBroadcast, onHelp } = props
  const exam = query.useQuery(
    'get', '/api/v1/exams/{examId}', { params: { path: { examId } } }, { enabled: examId !== NO_EXAM }
  )
  const title = examId === NO_EXAM ? t('noExam') : (exam.data?.title ?? t('live'))
  return (
    <div className={classes['head']}>
      <Anchor component={Link} href='/live' size='sm'>{t('live')}</Anchor>
      <PageTitle trail={[title, t('live')]}>{title}</PageTitle>
      <div className={classes['countsRow']}><Counts /><NotBegun /></div>
      <Group gap='xs' wrap='nowrap' className={classes['tools'] ?? ''}>
        <TextInput
          ref={finder} size='xs' type='search' aria-label={t('searchName')} placeholder={t('searchName')} value={words}
          className={classes['finder'] ?? ''} onChange={event => onWords(event.currentTarget.value)}
        />
        <FilterMenu place={place} marked={marked} onChange={onFilter} />
        <SegmentedControl
          size='xs' aria-label={t('viewAs')} value={view} onChange={value => onView(value as View)}
          data={[
            { value: 'queue', label: t('queue') },
            { value: 'wall', label: t('wall') },
            { value: 'table', label: t('table') }
          ]}
        />
        {onBroadcast !== undefined && (
          <Button size='xs' variant='default' onClick={onBroadcast}>{t('broadcast')}</Button>
        )}
        <ActionIcon
          variant='default' size={30} aria-pressed={isSoundOn} aria-label={t(isSoundOn ? 'soundOn' : 'soundOff')}
          title={t(isSoundOn ? 'soundOn' : 'soundOff')} onClick={() => onSound(!isSoundOn)}
        >
          {isSoundOn ? <SpeakerLoudIcon /> : <SpeakerOffIcon />}
        </ActionIcon>
        {notices !== 'impossible' && (
          <ActionIcon
            variant={notices === 'on' ? 'light' : 'default'} size={30} aria-pressed={notices === 'on'}
            aria-label={t('notices')} title={t(`notices.${notices}`)} onClick={onNotices}
          >
            <BellIcon />
          </ActionIcon>
        )}
        <ActionIcon variant='default' size={30} aria-label={t('keys')} title={t('keys')} onClick={onHelp}>
          <QuestionMarkIcon />
        </ActionIcon>
      </Group>
    </div>
  )
}

function Counts () {
  const words = useRoom('tick', store => {
    const counts = new Map<Place, number>()
    for (const id of store.ids) {
      const candidate = store.candidate(id)
      if (candidate === undefined) continue
      const place = placeOf(candidate, store.nowMs)
      counts.set(place, (counts.get(place) ?? 0) + 1)
    }
    return COUNTED.map(place => t(`count.${place}`, { n: number(counts.get(place) ?? 0) })).join(' · ')
  })
  return <p className={classes['counts']}>{words}</p>
}
