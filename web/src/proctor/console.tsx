import { Alert, Anchor } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useLocation, useParams, useSearchParams } from 'wouter'
import { query } from '../api/client.ts'
import { ApiError } from '../api/errors.ts'
import { useUser } from '../api/use-login.ts'
import { CANNED, CANNED_TEXT } from '../shared/canned.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { Problem } from '../shared/problem.tsx'
import { clockTime } from '../text/format.ts'
import { language, useLanguage } from '../text/index.ts'
import type { ConsoleActions, View } from './console-actions.ts'
import { ConsoleHead } from './console-head.tsx'
import classes from './console.module.css'
import { BroadcastDialog, FlagDialog, HelpDialog, ReasonDialog } from './dialogs.tsx'
import { isFiltering, MARKS, matches, oneOf, PLACES } from './logic/filter.ts'
import { unseenFindings } from './logic/room.ts'
import { NobodyYet } from './not-begun.tsx'
import { Panel } from './panel.tsx'
import { PlannedEnds } from './planned-ends.tsx'
import { Queue } from './queue.tsx'
import { ConsoleStore, NO_EXAM } from './store.ts'
import { TableView } from './table-view.tsx'
import { t } from './text.ts'
import { useFacts } from './use-facts.ts'
import { useKeys } from './use-keys.ts'
import { useNoticeChoice, useNotices } from './use-notices.ts'
import { useSound } from './use-sound.ts'
import { StoreContext, useRoom } from './use-store.ts'
import { Wall } from './wall.tsx'

/** The console of one exam: who needs a look, everybody on the wall, one candidate opened. */
export default function ConsolePage () {
  useLanguage()
  const { exam } = useParams<{ exam: string }>()
  const asked = query.useQuery(
    'get', '/api/v1/exams/{examId}', { params: { path: { examId: exam } } }, { enabled: exam !== NO_EXAM }
  )
  const [store, setStore] = useState<ConsoleStore>()
  useEffect(() => {
    const opened = new ConsoleStore(exam)
    setStore(opened)
    return () => opened.close()
  }, [exam])
  // A refusal stays one: there is no such exam, or it is another teacher's. Without a line the console tries again.
  const refused: unknown = asked.error
  if (refused instanceof ApiError && refused.status < 500) return <NoExam error={refused} />
  if (store === undefined) return null
  return <StoreContext value={store}><Console examId={exam} store={store} /></StoreContext>
}

function NoExam ({ error }: { readonly error: ApiError }) {
  return (
    <div className={classes['page']}>
      <PageTitle trail={[t('live')]}>{t('noSuchExam')}</PageTitle>
      <Problem error={error} />
      <p><Anchor component={Link} href='/live'>{t('allExams')}</Anchor></p>
    </div>
  )
}

type Dialog =
  | { readonly kind: 'pause' | 'end', readonly sessionId: string }
  | { readonly kind: 'flag', readonly sessionId: string, readonly eventId: string }
  | { readonly kind: 'broadcast' | 'help' }

/** On a phone the queue is the page. */
const NARROW = '(max-width: 48rem)'
const KEYS_OFF = 'invigil.keys-off'

function Console ({ examId, store }: { readonly examId: string, readonly store: ConsoleStore }) {
  const { session } = useParams<{ session?: string }>()
  const [, go] = useLocation()
  const [search, setSearch] = useSearchParams()
  const [words, setWords] = useState('')
  const [dialog, setDialog] = useState<Dialog>()
  const [problem, setProblem] = useState<string>()
  const [isSoundOn, setIsSoundOn] = useState(false)
  const [areKeysOn, setAreKeysOn] = useState(() => localStorage.getItem(KEYS_OFF) === null)
  const [isWarning, setIsWarning] = useState(false)
  const [isGoing, setIsGoing] = useState(false)
  const input = useRef<HTMLTextAreaElement>(null)
  const finder = useRef<HTMLInputElement>(null)
  const ids = useRoom('room', ({ ids }) => ids)
  const isLoaded = useRoom('room', ({ isLoaded }) => isLoaded)
  const isAdmin = useUser()?.role === 'admin'
  const [notices, toggleNotices] = useNoticeChoice()
  useSound(store, isSoundOn)
  useNotices(store, notices === 'on')
  useFacts(examId, store)

  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false })
  const usual: View = isNarrow ? 'queue' : 'wall'
  const view: View = (['wall', 'table', 'queue'] as const).find(one => one === search.get('view')) ?? usual
  const atText = search.get('t')
  const atMs = atText === null ? undefined : Number(atText)
  const change = useCallback((name: string, value: string | undefined) => setSearch(before => {
    const next = new URLSearchParams(before)
    if (value === undefined) next.delete(name)
    else next.set(name, value)
    return next
  }, { replace: true }), [setSearch])
  const open = useCallback((sessionId: string | undefined) => {
    const next = new URLSearchParams(location.search)
    next.delete('t')
    const query = next.toString()
    setIsWarning(false)
    go(`/live/${examId}${sessionId === undefined ? '' : `/${sessionId}`}${query === '' ? '' : `?${query}`}`)
  }, [examId, go])

  const actions = useMemo<ConsoleActions>(() => ({
    async act (action) {
      const answer = await store.act(action)
      if (answer.type === 'done') {
        setProblem(answer.delivered === false ? t('waits') : undefined)
        store.sortNow()
        return true
      }
      setProblem(answer.message ?? t('notSent'))
      return false
    },
    acknowledge (sessionId, eventId, state, note) {
      const words = note === undefined || note === '' ? {} : { note }
      actions.act({ type: 'acknowledge', sessionId, eventId, state, ...words }).catch(() => {})
    },
    warn (sessionId) {
      open(sessionId)
      setIsWarning(true)
    },
    flag: (sessionId, eventId) => setDialog({ kind: 'flag', sessionId, eventId }),
    pause: sessionId => setDialog({ kind: 'pause', sessionId }),
    end: sessionId => setDialog({ kind: 'end', sessionId })
  }), [store, open])

  const walk = (step: 1 | -1) => {
    const { queue } = store
    if (queue.length === 0) return
    const at = session === undefined ? -1 : queue.indexOf(session)
    const next = queue[at === -1 ? (step === 1 ? 0 : queue.length - 1) : (at + step + queue.length) % queue.length]!
    open(next)
  }
  const ofFirst = (run: (sessionId: string, eventId: string) => void) => () => {
    const candidate = session === undefined ? undefined : store.candidate(session)
    const [finding] = candidate === undefined ? [] : unseenFindings(candidate, store.nowMs)
    if (session !== undefined && finding !== undefined) run(session, finding.id)
  }
  const goTo = (address: string) => { if (isGoing) go(address) }
  const digits = Object.fromEntries(CANNED.map((canned, at) => [String(at + 1), () => {
    if (!isWarning || session === undefined) return
    setIsWarning(false)
    actions.act({ type: 'warn', sessionId: session, text: CANNED_TEXT[language()][canned], canned }).catch(() => {})
  }]))
  useKeys(areKeysOn && dialog === undefined, {
    j: () => walk(1),
    k: () => walk(-1),
    Escape: () => {
      if (isWarning) setIsWarning(false)
      else if (session !== undefined) open(undefined)
    },
    a: () => {
      if (isGoing && isAdmin) goTo('/admin')
      else ofFirst((sessionId, eventId) => actions.acknowledge(sessionId, eventId, 'seen'))()
    },
    f: ofFirst((sessionId, eventId) => actions.flag(sessionId, eventId)),
    w: () => setIsWarning(session !== undefined),
    m: () => input.current?.focus(),
    p: () => { if (session !== undefined) actions.pause(session) },
    '/': () => finder.current?.focus(),
    v: () => change('view', view === 'wall' ? 'table' : 'wall'),
    s: () => setIsSoundOn(isOn => !isOn),
    g: () => setIsGoing(true),
    l: () => goTo('/live'),
    r: () => goTo('/review'),
    e: () => goTo('/exams'),
    '?': () => setDialog({ kind: 'help' }),
    ...digits
  })
  useEffect(() => {
    if (!isGoing) return
    const timer = setTimeout(() => setIsGoing(false), 1_500)
    return () => clearTimeout(timer)
  }, [isGoing])

  const filter = {
    place: oneOf(PLACES, search.get('place')), marked: oneOf(MARKS, search.get('marked')), words
  }
  // As a text, which React compares: the page is drawn again when somebody enters or leaves the filter.
  const shownIds = useRoom('tick', store => !isFiltering(filter)
    ? ids.join(' ')
    : ids.filter(id => matches(store.candidate(id)!, filter, store.nowMs)).join(' '))
  const shown = useMemo(() => shownIds === '' ? [] : shownIds.split(' '), [shownIds])
  const found = isFiltering(filter) ? new Set(shown) : undefined
  const nameOf = (sessionId: string) => store.candidate(sessionId)?.session.name ?? ''

  return (
    <div className={classes['console']} data-view={view} data-open={session !== undefined || undefined}>
      <ConsoleHead
        examId={examId} view={view} onView={next => change('view', next === usual ? undefined : next)}
        words={words} onWords={setWords} finder={finder} isSoundOn={isSoundOn} onSound={setIsSoundOn}
        place={filter.place ?? ''} marked={filter.marked ?? ''} onFilter={change}
        notices={notices} onNotices={toggleNotices}
        onBroadcast={examId === NO_EXAM ? undefined : () => setDialog({ kind: 'broadcast' })}
        onHelp={() => setDialog({ kind: 'help' })}
      />
      <LineNote />
      <PlannedEnds />
      {notices === 'denied' && <p className={classes['fine']} role='alert'>{t('notices.denied')}</p>}
      {problem !== undefined && (
        <Alert
          role='alert' variant='outline' p='xs' withCloseButton closeButtonLabel={t('closePanel')}
          onClose={() => setProblem(undefined)}
        >
          {problem}
        </Alert>
      )}
      <div className={classes['body']}>
        {ids.length === 0
          ? isLoaded
            ? <NobodyYet examId={examId === NO_EXAM ? undefined : examId} />
            : <p className={classes['empty']} role='status'><b>{t('loadingHistory')}</b></p>
          : (
            <>
              {(view === 'queue' || !isNarrow) && (
                <Queue openId={session} found={found} actions={actions} onOpen={open} />
              )}
              {found?.size === 0 && view !== 'queue' && <p className={classes['fine']}>{t(words.trim() === '' ? 'filterEmpty' : 'foundNone')}</p>}
              {found?.size !== 0 && view === 'table' && <TableView ids={shown} openId={session} onOpen={open} />}
              {found?.size !== 0 && view === 'wall' && <Wall ids={shown} openId={session} onOpen={open} />}
            </>
            )}
        {session !== undefined && (
          <Panel
            sessionId={session} atMs={atMs} actions={actions} input={input} isWarning={isWarning}
            onWarningEnd={() => setIsWarning(false)}
            onMove={ms => change('t', ms === undefined ? undefined : String(Math.round(ms)))}
            onClose={() => open(undefined)}
          />
        )}
      </div>
      <Announcer />
      {(dialog?.kind === 'pause' || dialog?.kind === 'end') && (
        <ReasonDialog
          kind={dialog.kind} name={nameOf(dialog.sessionId)} onClose={() => setDialog(undefined)}
          onConfirm={async text => {
            const { kind, sessionId } = dialog
            if (kind === 'pause') return await actions.act({ type: 'pause', sessionId, text })
            store.endLater({
              sessionId,
              text,
              onAnswer: ({ type, message }) => {
                setProblem(type === 'done' ? undefined : (message ?? t('notSent')))
                store.sortNow()
              }
            })
            return true
          }}
        />
      )}
      {dialog?.kind === 'flag' && (
        <FlagDialog
          onClose={() => setDialog(undefined)}
          onConfirm={note => actions.acknowledge(dialog.sessionId, dialog.eventId, 'flagged', note)}
        />
      )}
      {dialog?.kind === 'broadcast' && <BroadcastDialog examId={examId} onClose={() => setDialog(undefined)} />}
      {dialog?.kind === 'help' && (
        <HelpDialog
          isOn={areKeysOn} isAdmin={isAdmin} onClose={() => setDialog(undefined)}
          onChange={isOn => {
            setAreKeysOn(isOn)
            if (isOn) localStorage.removeItem(KEYS_OFF)
            else localStorage.setItem(KEYS_OFF, '1')
          }}
        />
      )}
    </div>
  )
}

/** A lost line freezes the console; this says of when it is. */
function LineNote () {
  const lostAtMs = useRoom('link', store => store.lostAtMs)
  const isLoaded = useRoom('room', store => store.isLoaded)
  const isRefused = useRoom('link', store => store.isRefused)
  if (isRefused) return <Alert role='alert' variant='outline' color='red' p='xs'>{t('lineRefused')}</Alert>
  if (lostAtMs === undefined) return null
  if (!isLoaded) return <Alert role='status' variant='outline' p='xs'>{t('lineFirst')}</Alert>
  return <Alert role='alert' variant='outline' color='orange' p='xs'>{t('lineLost', { time: clockTime(lostAtMs) })}</Alert>
}

/** Tells a screen reader of serious incidents as they come. */
function Announcer () {
  const words = useRoom('queue', store => {
    const [first] = store.queue
    const candidate = first === undefined ? undefined : store.candidate(first)
    const [finding] = candidate === undefined ? [] : unseenFindings(candidate, store.nowMs)
    return candidate === undefined || finding?.severity !== 'high'
      ? ''
      : t('announceSerious', { name: candidate.session.name, event: finding.text })
  })
  return <p className={classes['hidden']} role='status'>{words}</p>
}
