import { useEffect, useRef, useState } from 'preact/hooks'
import { faceChallenge, logInByFace, type User } from '../api.ts'
import { openCamera, type Camera } from '../camera.ts'
import { record, type Prompt } from '../face-challenge.ts'
import { cameraProblem, t } from '../text/index.ts'

interface Props {
  readonly email: string
  onLogin (user: User): void
  onLeave (): void
}

/** Log in by face: the camera, one prompt after the other, and the server's answer. */
export function FaceLogin ({ email, onLogin, onLeave }: Props) {
  const video = useRef<HTMLVideoElement>(null)
  const camera = useRef<Camera>(null)
  const [prompt, setPrompt] = useState<Prompt | 'checking'>()
  const [problem, setProblem] = useState<string>()

  const begin = async () => {
    setProblem(undefined)
    try {
      camera.current ??= await openCamera(video.current!, () => { camera.current = null })
      const challenge = await faceChallenge(email)
      const frames = await record(camera.current, challenge, setPrompt)
      setPrompt('checking')
      onLogin(await logInByFace(email, challenge.nonce, frames))
    } catch (error) {
      setProblem(cameraProblem(error as Error))
      setPrompt(undefined)
    }
  }
  useEffect(() => () => camera.current?.close(), [])

  return (
    <div class='stack'>
      <p class='quiet'>{t('faceLoginHow')}</p>
      <div class='stage mirrored'><video ref={video} muted playsInline aria-label={t('yourCamera')} /></div>
      <p class='prompt' role='status' aria-live='assertive'>{prompt !== undefined && t(`prompt.${prompt}`)}</p>
      {problem !== undefined && <p class='notice bad' role='alert'>{problem}</p>}
      <div class='row'>
        <button type='button' class='main' disabled={prompt !== undefined} onClick={begin}>
          {t('faceLoginStart')}
        </button>
        <button type='button' disabled={prompt !== undefined} onClick={onLeave}>
          {t('usePassword')}
        </button>
      </div>
    </div>
  )
}
