import { Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Redirect, useLocation, useParams } from 'wouter'
import { useUser } from '../api/use-login.ts'
import { useLanguage } from '../text/index.ts'
import { Blocked } from './room/blocked.tsx'
import { Clock } from './room/clock.tsx'
import { DeviceAlerts } from './room/device-alerts.tsx'
import { createExamRoom, type ExamRoom } from './room/exam-room.ts'
import { HandIn } from './room/hand-in.tsx'
import { Navigation } from './room/navigation.tsx'
import { Noted } from './room/noted.tsx'
import { Notices } from './room/notices.tsx'
import { QuestionPage } from './room/question-page.tsx'
import { questionIndex } from './room/question-state.ts'
import { RoomContext, useRoomView } from './room/room-context.tsx'
import { SelfView } from './room/self-view.tsx'
import { RecordingMark, SavedMark, StatusLine } from './room/status-line.tsx'
import { Talk } from './room/talk.tsx'
import { TakeBreak } from './room/take-break.tsx'
import classes from './room/room.module.css'
import { registerServiceWorker } from './service-worker.ts'

/**
 * The running exam: questions and handing in are parts of one page, so that camera, sound and socket run on while the
 * candidate moves between them.
 */
export default function AttemptRoomPage () {
  const user = useUser()
  const { attemptId = '' } = useParams()
  const [room, setRoom] = useState<ExamRoom>()
  const userId = user?.id
  useEffect(() => {
    if (userId === undefined) return
    const opened = createExamRoom({ userId, attemptId })
    setRoom(opened)
    return () => opened.close()
  }, [userId, attemptId])
  if (room === undefined) return null
  return <RoomContext value={room}><Room key={attemptId} room={room} /></RoomContext>
}

function Room ({ room }: { readonly room: ExamRoom }) {
  useLanguage()
  const video = useRef<HTMLVideoElement>(null)
  const { attemptId = '', part = '', n } = useParams()
  const [, navigate] = useLocation()
  const phase = useRoomView(({ phase }) => phase)
  const title = useRoomView(({ title }) => title)
  const total = useRoomView(({ questions }) => questions?.length ?? 0)
  useEffect(() => room.open(video.current!), [room])
  useEffect(registerServiceWorker, [])
  useEffect(() => { if (phase === 'over') navigate(`/attempts/${attemptId}`, { replace: true }) }, [phase])
  if (part !== 'q' && part !== 'handin') return <Redirect to={`/attempts/${attemptId}/q/1`} replace />

  const index = questionIndex(n, total)
  const isHandIn = part === 'handin'
  return (
    <div className={classes['room']}>
      <header className={classes['bar']}>
        <Text span className={classes['title'] ?? ''}>{title}</Text>
        <Clock />
        <SavedMark />
        <StatusLine />
        <RecordingMark />
      </header>
      <div className={classes['body']}>
        <div>
          <Notices />
          <DeviceAlerts onCamera={() => { room.stream.openCamera(video.current!).catch(() => {}) }} />
          {isHandIn ? <HandIn /> : <Blocked><QuestionPage key={index} index={index} /></Blocked>}
        </div>
        {total > 0 && <div className={classes['rail']}><Navigation current={isHandIn ? undefined : index} /></div>}
      </div>
      <footer className={classes['foot']}>
        <SelfView video={video} />
        <Talk />
        <TakeBreak />
        <Noted />
      </footer>
    </div>
  )
}
