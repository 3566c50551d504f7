import { useEffect, useRef, useState } from 'react'
import { ApiError } from '../api/errors.ts'
import { enrolFace, request } from '../api/login.ts'
import { useUser } from '../api/use-login.ts'
import { loadOffers, startSession, type Receipt } from './attempt.ts'
import { openCamera, type Camera } from '../live/camera.ts'
import { openCandidateLink, type CandidateLink } from '../live/candidate-link.ts'
import { openMicrophone, type Microphone } from '../live/microphone.ts'
import { watchPage } from '../live/page-events.ts'
import { Calibration } from './calibration.tsx'
import { ExamChoice } from './exam-choice.tsx'
import { HandedIn, HandIn } from './hand-in.tsx'
import { Log } from '../shared/log.tsx'
import { SeenFacts, SeenOverlay } from './seen.tsx'
import {
  mergeLog, type Calibrated, type LogEntry, type Seen, type SessionState, type ToCandidate
} from '../live/protocol.ts'
import type { Link } from '../live/socket.ts'
import { cameraProblem, t } from '../text/index.ts'

const LOG_ROWS_MAX = 200
const ENROL_WIDTH = 1280

/** The candidate's own page: the camera, what the server sees in it, and the session's buttons. */
export default function PracticePage () {
  const user = useUser()!
  const video = useRef<HTMLVideoElement>(null)
  const live = useRef<{
    camera?: Camera | undefined
    link?: CandidateLink | undefined
    microphone?: Microphone | undefined
    unwatch?: (() => void) | undefined
  }>({})
  const [cameraOn, setCameraOn] = useState(false)
  /** Undefined before the first try. */
  const [soundOn, setSoundOn] = useState<boolean>()
  const [state, setState] = useState<SessionState>()
  const [link, setLink] = useState<Link>()
  const [seen, setSeen] = useState<Seen>()
  const [log, setLog] = useState<readonly LogEntry[]>([])
  const [word, setWord] = useState<{ text: string, level: string }>()
  const [problem, setProblem] = useState<string>()
  const [hasFace, setHasFace] = useState(user.hasFace)
  const [calibration, setCalibration] = useState<'offered' | 'open' | 'put off'>('offered')
  const [calibrated, setCalibrated] = useState<Calibrated>()
  const [round, setRound] = useState(0)
  /** Seconds until the next try while the server admits no sessions. */
  const [fullFor, setFullFor] = useState<number>()
  const [exams, setExams] = useState<Awaited<ReturnType<typeof loadOffers>>>()
  const [examId, setExamId] = useState<string>()
  /** The attempt that the session belongs to. */
  const [attemptId, setAttemptId] = useState<string>()
  const [isHandingIn, setIsHandingIn] = useState(false)
  const [receipt, setReceipt] = useState<Receipt>()
  const running = state === 'active' || state === 'paused'

  const attempt = (work: () => Promise<void>) => () => {
    setProblem(undefined)
    work().catch((error: Error) => setProblem(cameraProblem(error)))
  }

  const checkCamera = attempt(async () => {
    live.current.camera = await openCamera(video.current!, () => {
      setCameraOn(false)
      live.current.link?.setLasting('camera_off', true)
    })
    setCameraOn(true)
    live.current.link?.setLasting('camera_off', false)
  })

  const enrol = attempt(async () => {
    const picture = await live.current.camera!.capture(ENROL_WIDTH)
    if (picture === undefined) return
    await enrolFace(picture)
    setHasFace(true)
  })

  const onMessage = (message: ToCandidate) => {
    switch (message.type) {
      case 'logs': return setLog(log => mergeLog(log, message.data, LOG_ROWS_MAX))
      case 'status': return setState(message.state)
      case 'message': return setWord(message)
      case 'ack': return message.seen === undefined ? undefined : setSeen(message.seen)
      // What comes after the first answer answers its breaking off.
      case 'calibrated': return setCalibrated(known => known ?? message)
      case 'error': return setProblem(message.message)
    }
  }

  /** A session goes on without a microphone; that it has none is told, not hidden. */
  const openSound = async (link: CandidateLink) => {
    const noteSound = (isOn: boolean) => {
      link.setLasting('microphone_off', !isOn)
      setSoundOn(isOn)
      if (!isOn) setProblem(t('microphoneNone'))
    }
    live.current.microphone?.close()
    const microphone = await openMicrophone({
      onSound: message => link.sendSound(message),
      onEnded: () => noteSound(false)
    }).catch(() => undefined)
    // The session ended meanwhile.
    if (live.current.link !== link) return microphone?.close()
    live.current.microphone = microphone
    noteSound(microphone !== undefined)
  }
  const soundAgain = attempt(async () => { if (live.current.link !== undefined) await openSound(live.current.link) })

  const start = attempt(async () => {
    try {
      setAttemptId(await startSession(user.id, examId))
      setReceipt(undefined)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 503 || error.retryAfterSeconds === undefined) throw error
      return setFullFor(error.retryAfterSeconds)
    }
    setState('active')
    const link = openCandidateLink({ userId: user.id, camera: live.current.camera!, onLink: setLink, onMessage })
    live.current.link = link
    live.current.unwatch = watchPage(window, link)
    link.setLasting('camera_off', !live.current.camera!.stream.active)
    await openSound(link)
  })
  useEffect(() => {
    if (fullFor === undefined) return undefined
    const timer = setTimeout(() => {
      setFullFor(fullFor > 1 ? fullFor - 1 : undefined)
      if (fullFor <= 1) start()
    }, 1000)
    return () => clearTimeout(timer)
  }, [fullFor])
  const act = (action: 'pause' | 'resume' | 'stop') => attempt(async () => {
    const session = await request<{ state: SessionState }>('POST', `/exam/${action}/${user.id}`)
    setState(session.state)
  })

  /** What may be begun changes with every end of a session. */
  const loadExams = attempt(async () => {
    const found = await loadOffers()
    setExams(found)
    setExamId(known => found.openId ?? (found.offers.some(({ id }) => id === known) ? known : undefined))
  })
  useEffect(() => { if (!running) loadExams() }, [running])
  const handedIn = (given: Receipt) => {
    setReceipt(given)
    setIsHandingIn(false)
  }

  const calibrate = () => {
    setCalibrated(undefined)
    setRound(round => round + 1)
    setCalibration('open')
  }
  const canCalibrate = state === 'active' && link === 'open' && cameraOn

  const end = () => {
    live.current.unwatch?.()
    live.current.microphone?.close()
    live.current.link?.close()
    live.current = { camera: live.current.camera }
    setLink(undefined)
    setSeen(undefined)
    setAttemptId(undefined)
    setIsHandingIn(false)
  }
  useEffect(() => { if (state === 'stopped' || state === 'terminated') end() }, [state])
  useEffect(() => () => {
    end()
    live.current.camera?.close()
  }, [])

  return (
    <div className='plain columns'>
      <section className='stack' aria-label={t('yourCamera')}>
        <div className='card stack'>
          <div className='row'>
            <h1 style={{ marginRight: 'auto' }}>{t('yourExam')}</h1>
            {state !== undefined && <span className={`pill ${state}`}>{t(`state.${state}`)}</span>}
            {running && link !== undefined && (
              <span className={`pill ${link === 'open' ? 'low' : 'medium'}`}>{t(`link.${link}`)}</span>
            )}
          </div>
          {word !== undefined && (
            <p className={`notice ${word.level === 'warning' ? 'bad' : ''}`} role='alert'>
              <b>{t('proctorSays')}</b> {word.text}{' '}
              <button type='button' onClick={() => setWord(undefined)}>
                {t('understood')}
              </button>
            </p>
          )}
          {problem !== undefined && <p className='notice bad' role='alert'>{problem}</p>}
          {fullFor !== undefined && <p className='notice kind' role='timer'>{t('serverFull', { seconds: fullFor })}</p>}
          <div className='stage mirrored'>
            <video ref={video} muted playsInline aria-label={t('yourCamera')} />
            {seen !== undefined && <SeenOverlay seen={seen} />}
          </div>
          {canCalibrate && calibration === 'offered' && (
            <div className='notice kind'>
              <p>{t('calibrateWhy')}</p>
              <div className='row'>
                <button type='button' className='main' onClick={calibrate}>{t('calibrate')}</button>
                <button type='button' onClick={() => setCalibration('put off')}>{t('calibrateLater')}</button>
              </div>
            </div>
          )}
          {canCalibrate && calibration === 'open' && live.current.link !== undefined && (
            <Calibration
              key={round}
              link={live.current.link}
              answer={calibrated}
              onAgain={calibrate}
              onClose={() => setCalibration('put off')}
            />
          )}
          {receipt !== undefined && <HandedIn receipt={receipt} />}
          {!running && exams !== undefined && exams.offers.length > 0 && (
            <ExamChoice {...exams} chosenId={examId} onChoose={setExamId} />
          )}
          {isHandingIn && attemptId !== undefined && (
            <HandIn attemptId={attemptId} onDone={handedIn} onClose={() => setIsHandingIn(false)} />
          )}
          <div className='row'>
            {!cameraOn && (
              <button type='button' className='main' onClick={checkCamera}>
                {t('cameraOn')}
              </button>
            )}
            {running && soundOn === false && (
              <button type='button' className='main' onClick={soundAgain}>
                {t('microphoneOn')}
              </button>
            )}
            {!running && (
              <button type='button' className='main' disabled={!cameraOn || fullFor !== undefined} onClick={start}>
                {t('start')}
              </button>
            )}
            {!running && cameraOn && (
              <button type='button' onClick={enrol}>
                {t(hasFace ? 'enrolAgain' : 'enrol')}
              </button>
            )}
            {state === 'active' && (
              <button type='button' onClick={act('pause')}>
                {t('pause')}
              </button>
            )}
            {state === 'paused' && (
              <button type='button' className='main' onClick={act('resume')}>
                {t('resume')}
              </button>
            )}
            {canCalibrate && calibration === 'put off' && (
              <button type='button' onClick={calibrate}>
                {t('calibrateAgain')}
              </button>
            )}
            {running && attemptId === undefined && (
              <button type='button' className='danger' onClick={act('stop')}>
                {t('stop')}
              </button>
            )}
            {running && attemptId !== undefined && (
              <button type='button' className='main' onClick={() => setIsHandingIn(true)}>
                {t('handIn')}
              </button>
            )}
          </div>
          <p className='quiet'>{t('candidatePrivacy')}</p>
        </div>
      </section>
      <section className='stack'>
        <div className='card'>
          <h2>{t('serverSees')}</h2>
          {seen === undefined ? <p className='quiet'>{t('nothingYet')}</p> : <SeenFacts seen={seen} />}
        </div>
        <div className='card'>
          <h2>{t('log')}</h2>
          <Log entries={log} empty={t('logEmpty')} />
        </div>
      </section>
    </div>
  )
}
