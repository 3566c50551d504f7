import { useRef, useState } from 'preact/hooks'
import { invitation, logIn, signUp, type User } from '../api.ts'
import { FaceLogin } from '../parts/face-login.tsx'
import { t } from '../text/index.ts'

interface Props {
  readonly onLogin: (user: User) => void
}

/** Log in, or sign up as a candidate. */
export function LoginPage ({ onLogin }: Props) {
  const [signingUp, setSigningUp] = useState(invitation !== undefined)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [faceEmail, setFaceEmail] = useState<string>()
  const email = useRef<HTMLInputElement>(null)

  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => String(form.get(name) ?? '')
    const face = form.get('face')
    setBusy(true)
    setProblem(undefined)
    try {
      onLogin(
        signingUp
          ? await signUp(
            text('name'),
            text('email'),
            text('password'),
            face instanceof File && face.size > 0 ? face : undefined
          )
          : await logIn(text('email'), text('password'))
      )
    } catch (error) {
      setProblem((error as Error).message)
      setBusy(false)
    }
  }

  // Only the address is needed; the browser itself says when it is missing.
  const byFace = () => { if (email.current!.reportValidity()) setFaceEmail(email.current!.value) }

  if (faceEmail !== undefined) {
    return (
      <div class='narrow card' style='margin: 2rem auto'>
        <h1>{t('faceLogin')}</h1>
        <FaceLogin email={faceEmail} onLogin={onLogin} onLeave={() => setFaceEmail(undefined)} />
      </div>
    )
  }
  return (
    <div class='narrow card' style='margin: 2rem auto'>
      <h1>{t(signingUp ? 'signUp' : 'logIn')}</h1>
      <form onSubmit={submit}>
        {signingUp && <label>{t('name')}<input name='name' autoComplete='name' required maxLength={100} /></label>}
        <label>{t('email')}<input ref={email} name='email' type='email' autoComplete='username' required /></label>
        <label>
          {t('password')}
          <input
            name='password'
            type='password'
            autoComplete={signingUp ? 'new-password' : 'current-password'}
            required
            minLength={signingUp ? 8 : 1}
          />
          {signingUp && <span class='quiet'>{t('passwordRule')}</span>}
        </label>
        {signingUp && (
          <label>
            {t('facePicture')}
            <input name='face' type='file' accept='image/*' capture='user' />
            <span class='quiet'>{t('facePictureWhy')}</span>
          </label>
        )}
        {problem !== undefined && <p class='notice bad' role='alert'>{problem}</p>}
        <div class='row'>
          <button class='main' disabled={busy}>
            {t(signingUp ? 'signUp' : 'logIn')}
          </button>
          {!signingUp && (
            <button type='button' onClick={byFace}>
              {t('faceLogin')}
            </button>
          )}
          <button
            type='button'
            onClick={() => {
              setSigningUp(!signingUp)
              setProblem(undefined)
            }}
          >
            {t(signingUp ? 'haveAccount' : 'newHere')}
          </button>
        </div>
      </form>
    </div>
  )
}
