import { Alert, Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { api, query } from '../api/client.ts'
import { errorText } from '../api/error-text.ts'
import { ApiError } from '../api/errors.ts'
import { enrolFace } from '../api/login.ts'
import { useUser } from '../api/use-login.ts'
import { createSessionStream, type SessionStream } from '../live/session-stream.ts'
import { useStream } from '../live/use-stream.ts'
import { sentence } from '../shared/canned.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { number } from '../text/format.ts'
import { endingWords } from '../text/ending.ts'
import { t as common, useLanguage } from '../text/index.ts'
import { chosenDevice } from './devices.ts'
import classes from './practice.module.css'
import { listText } from './list-text.ts'
import { NotedList } from './noted-list.tsx'
import { SeenFacts, SeenOverlay } from './seen.tsx'
import { t as roomText } from './room/text.ts'
import { t } from './text.ts'

const ENROL_WIDTH = 1280

const Calibration = lazy(async () => ({ default: (await import('./calibration.tsx')).Calibration }))
const SampleQuestion = lazy(() => import('./sample-question.tsx'))

/** A session that counts for nothing: the camera, what the server sees in it, and a question to try. */
export default function PracticePage () {
  useLanguage()
  const userId = useUser()?.id
  const [stream, setStream] = useState<SessionStream>()
  useEffect(() => {
    if (userId === undefined) return
    const opened = createSessionStream({
      userId,
      cameraId: chosenDevice('camera'),
      microphoneId: chosenDevice('microphone')
    })
    setStream(opened)
    return () => opened.close()
  }, [userId])
  return stream === undefined ? null : <Practice stream={stream} />
}

function Practice ({ stream }: { readonly stream: SessionStream }) {
  const user = useUser()!
  const video = useRef<HTMLVideoElement>(null)
  const view = useStream(stream, view => view)
  const [problem, setProblem] = useState<string>()
  const [calibration, setCalibration] = useState<'offered' | 'open' | 'put off'>('offered')
  /** Seconds until the next try while the server admits no sessions. */
  const [fullFor, setFullFor] = useState<number>()
  const { camera, microphone, link, state, seen } = view
  const attempts = query.useQuery('get', '/api/v1/attempts', { params: { query: { limit: 1 } } })
  const openAttempt = attempts.data?.attempts.find(({ state }) => state === 'open')
  const isRunning = state === 'active' || state === 'paused'
  const isCameraOn = camera === 'on' || camera === 'muted'

  const attempt = (work: () => Promise<void>) => () => {
    setProblem(undefined)
    work().catch((error: Error) => setProblem(errorText(error)))
  }
  const turnOn = () => { stream.openCamera(video.current!).catch(() => {}) }
  const params = { params: { path: { userId: user.id } }, body: {} }
  const start = attempt(async () => {
    try {
      await api.POST('/api/v1/exam/start/{userId}', params)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 503 || error.retryAfterSeconds === undefined) throw error
      return setFullFor(error.retryAfterSeconds)
    }
    stream.connect()
    stream.openMicrophone().catch(() => {})
  })
  const enrol = attempt(async () => {
    const picture = await stream.camera?.capture(ENROL_WIDTH)
    if (picture !== undefined) await enrolFace(picture)
  })
  const pause = attempt(async () => { await api.POST('/api/v1/exam/pause/{userId}', params) })
  const resume = attempt(async () => { await api.POST('/api/v1/exam/resume/{userId}', params) })
  const stop = attempt(async () => { await api.POST('/api/v1/exam/stop/{userId}', params) })
  useEffect(() => {
    if (fullFor === undefined) return undefined
    const timer = setTimeout(() => {
      setFullFor(fullFor > 1 ? fullFor - 1 : undefined)
      if (fullFor <= 1) start()
    }, 1000)
    return () => clearTimeout(timer)
  }, [fullFor])
  useEffect(() => { if (state === 'stopped' || state === 'terminated') stream.disconnect() }, [state])

  const canCalibrate = state === 'active' && link === 'open' && camera === 'on'
  const said = problem ?? view.problem?.message
  return (
    <>
      <PageTitle>{t('practice')}</PageTitle>
      <Text mb='md'>{t('practiceWhat')}</Text>
      <div className={classes['columns']}>
        <Stack component='section' aria-label={common('yourCamera')}>
          <Paper withBorder p='md' bg='var(--card)'>
            <Stack gap='sm'>
              <Group gap='xs' role='status' mih={26}>
                {state !== undefined && <State>{common(`state.${state}`)}</State>}
                {isRunning && link !== undefined && <State>{common(`link.${link}`)}</State>}
              </Group>
              {openAttempt !== undefined && (
                <Alert color='blue' variant='outline'>
                  <Group justify='space-between'>
                    <Text size='sm' flex='1 1 14rem'>{t('examRuns')}</Text>
                    <Button component={Link} size='xs' href={`/attempts/${openAttempt.id}/q/1`}>{listText('continue')}</Button>
                  </Group>
                </Alert>
              )}
              {view.notices.filter(({ isSeen }) => !isSeen).slice(0, 1).map(notice => (
                <Alert key={notice.key} role='alert' variant='outline' color={notice.level === 'warning' ? 'red' : 'blue'}>
                  <Group justify='space-between'>
                    <Text><b>{t('proctorSays')}</b> {sentence(notice)}</Text>
                    <Button size='xs' onClick={() => stream.markSeen(notice)}>{common('understood')}</Button>
                  </Group>
                </Alert>
              ))}
              {(state === 'paused' || state === 'terminated') && view.reason !== undefined && (
                <Alert role='alert' color='blue' variant='outline'>
                  {roomText('pausedReason', { reason: endingWords(view.reason) })}
                </Alert>
              )}
              {said !== undefined && <Alert role='alert' color='red' variant='outline'>{said}</Alert>}
              {!isCameraOn && camera !== 'off' && camera !== 'opening' && (
                <Alert role='alert' color='yellow' variant='outline'>{roomText(`camera.${camera}`)}</Alert>
              )}
              {isRunning && microphone !== 'on' && microphone !== 'opening' && microphone !== 'off' && (
                <Alert role='alert' color='blue' variant='outline'>{t('microphoneNone')}</Alert>
              )}
              {fullFor !== undefined && <Alert role='timer' color='blue'>{t('serverFull', { seconds: number(fullFor) })}</Alert>}
              <div className={classes['stage']}>
                <video ref={video} muted playsInline aria-label={common('yourCamera')} />
                {seen !== undefined && <SeenOverlay seen={seen} />}
              </div>
              {canCalibrate && calibration === 'offered' && (
                <Alert color='blue' variant='light'>
                  <Text c='var(--mantine-color-text)' mb='sm'>{roomText('calibrateWhy')}</Text>
                  <Group gap='xs'>
                    <Button onClick={() => setCalibration('open')}>{roomText('calibrate')}</Button>
                    <Button variant='default' onClick={() => setCalibration('put off')}>{t('calibrateLater')}</Button>
                  </Group>
                </Alert>
              )}
              {canCalibrate && calibration === 'open' && (
                <Suspense><Calibration stream={stream} onClose={() => setCalibration('put off')} /></Suspense>
              )}
              <Group gap='xs'>
                {!isCameraOn && <Button onClick={turnOn} loading={camera === 'opening'}>{t('cameraOn')}</Button>}
                {isRunning && microphone !== 'on' && microphone !== 'opening' && (
                  <Button onClick={() => { stream.openMicrophone().catch(() => {}) }}>{t('microphoneOn')}</Button>
                )}
                {!isRunning && (
                  <Button disabled={!isCameraOn || fullFor !== undefined || openAttempt !== undefined} onClick={start}>{common('start')}</Button>
                )}
                {!isRunning && isCameraOn && (
                  <Button variant='default' onClick={enrol}>{t(user.hasFace ? 'enrolAgain' : 'enrol')}</Button>
                )}
                {state === 'active' && <Button variant='default' onClick={pause}>{common('pause')}</Button>}
                {state === 'paused' && <Button onClick={resume}>{common('resume')}</Button>}
                {canCalibrate && calibration === 'put off' && (
                  <Button variant='default' onClick={() => setCalibration('open')}>{t('calibrateAgain')}</Button>
                )}
                {isRunning && <Button variant='default' onClick={stop}>{t('stop')}</Button>}
              </Group>
              <Text size='sm' c='dimmed'>{t('candidatePrivacy')}</Text>
            </Stack>
          </Paper>
          <Suspense><SampleQuestion /></Suspense>
        </Stack>
        <Stack>
          <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={t('serverSees')}>
            <Title order={2} mb='xs'>{t('serverSees')}</Title>
            {seen === undefined ? <Text c='dimmed'>{t('nothingYet')}</Text> : <SeenFacts seen={seen} />}
          </Paper>
          <Paper withBorder p='md' bg='var(--card)' component='section' aria-label={common('log')}>
            <Title order={2} mb='xs'>{common('log')}</Title>
            <div className={classes['log']}><NotedList entries={view.log} /></div>
          </Paper>
        </Stack>
      </div>
    </>
  )
}

function State ({ children }: { readonly children: string }) {
  return <Badge variant='outline' tt='none' size='lg' color='gray' c='var(--mantine-color-text)'>{children}</Badge>
}
