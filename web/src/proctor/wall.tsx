import { useEffect, useRef, useState } from 'react'
import { EMPTY_WALL, fold, openMonitorLink, type Candidate, type MonitorLink } from '../live/monitor-link.ts'
import { CandidateDialog } from './candidate-dialog.tsx'
import { Log } from '../shared/log.tsx'
import { Tile } from './tile.tsx'
import type { Link } from '../live/socket.ts'
import { t } from '../text/index.ts'

const CLOCK_STEP_MS = 5000

/** Running sessions first, then the ones that most need a look. */
const byNeed = (a: Candidate, b: Candidate) =>
  Number(b.state === 'active') - Number(a.state === 'active') ||
  b.scores.riskScore - a.scores.riskScore ||
  a.name.localeCompare(b.name)

/** The proctor's wall: every live candidate, the feed of all events, and one candidate opened. */
export default function WallPage () {
  const monitor = useRef<MonitorLink>(null)
  const [wall, setWall] = useState(EMPTY_WALL)
  const [link, setLink] = useState<Link>('connecting')
  const [openId, setOpenId] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const [calling, setCalling] = useState<string>()
  const [nowMs, setNowMs] = useState(Date.now)

  useEffect(() => {
    const opened = openMonitorLink(setLink, (message) => {
      if (message.type === 'error') setProblem(message.message)
      else if (message.type === 'call') setCalling(message.sessionId)
      else setWall(before => fold(before, message, Date.now()))
    })
    monitor.current = opened
    const timer = setInterval(() => setNowMs(Date.now()), CLOCK_STEP_MS)
    return () => {
      clearInterval(timer)
      opened.close()
    }
  }, [])

  const candidates = [...wall.candidates.values()].sort(byNeed)
  const opened = openId === undefined ? undefined : wall.candidates.get(openId)
  const caller = calling === undefined ? undefined : wall.candidates.get(calling)
  return (
    <div className='plain columns'>
      <section aria-label={t('candidates')}>
        <div className='row' style={{ marginBottom: '.8rem' }}>
          <h1 style={{ marginRight: 'auto' }}>
            {t('candidates')} ({candidates.filter(({ state }) => state === 'active').length})
          </h1>
          <span className={`pill ${link === 'open' ? 'low' : 'medium'}`}>{t(`link.${link}`)}</span>
        </div>
        {problem !== undefined && (
          <p className='notice bad' role='alert'>
            {problem}{' '}
            <button type='button' onClick={() => setProblem(undefined)}>
              {t('understood')}
            </button>
          </p>
        )}
        {caller !== undefined && (
          <p className='notice' role='alert'>
            {t('calls', { name: caller.name, level: t(`level.${caller.scores.riskLevel}`) })}{' '}
            <button
              type='button' onClick={() => {
                setOpenId(calling)
                setCalling(undefined)
              }}
            >{t('look')}
            </button>
          </p>
        )}
        {candidates.length === 0 && <p className='card quiet'>{t('noCandidates')}</p>}
        <ul className='wall'>
          {candidates.map(candidate => (
            <Tile key={candidate.sessionId} candidate={candidate} nowMs={nowMs} onOpen={setOpenId} />
          ))}
        </ul>
      </section>
      <section className='card' aria-label={t('feed')}>
        <h2>{t('feed')}</h2>
        <Log entries={wall.log} empty={t('logEmpty')} />
        <p className='quiet'>{t('judgeYourself')}</p>
      </section>
      {opened !== undefined && (
        <CandidateDialog
          key={opened.sessionId} candidate={opened} nowMs={nowMs} onClose={() => setOpenId(undefined)}
          onAct={(action) => { if (monitor.current?.act(opened.sessionId, action) !== true) setProblem(t('notSent')) }}
        />
      )}
    </div>
  )
}
