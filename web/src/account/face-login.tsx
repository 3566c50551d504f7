import { Alert, AspectRatio, Button, Group, Paper, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { errorText } from '../api/error-text.ts'
import { faceChallenge, logInByFace } from '../api/login.ts'
import { openCamera, type Camera } from '../live/camera.ts'
import { record, type Prompt } from './face-challenge.ts'
import { PageTitle } from '../shared/page-title.tsx'
import { cameraProblem, t } from '../text/index.ts'
import { useNext } from './next.ts'

/** Log in by face: the camera, one prompt after the other, and the server's answer. */
export default function FaceLoginPage () {
  const [search] = useSearchParams()
  const goOn = useNext()
  const [email, setEmail] = useState(search.get('email') ?? '')
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
      await logInByFace(email, challenge.nonce, frames)
      goOn()
    } catch (error) {
      setProblem(cameraProblem(error as Error) ?? errorText(error as Error))
      setPrompt(undefined)
    }
  }
  useEffect(() => () => camera.current?.close(), [])

  const isRunning = prompt !== undefined
  return (
    <Paper withBorder p='lg' maw={440} mx='auto' mt='md'>
      <PageTitle>{t('faceLogin')}</PageTitle>
      <Stack>
        <Text c='dimmed' size='sm'>{t('faceLoginHow')}</Text>
        <TextInput
          label={t('email')} type='email' autoComplete='username' required withAsterisk={false} disabled={isRunning}
          value={email} onChange={event => setEmail(event.currentTarget.value)}
        />
        <AspectRatio ratio={4 / 3}>
          <video ref={video} className='mirrored' muted playsInline aria-label={t('yourCamera')} />
        </AspectRatio>
        <Text fw={700} size='xl' ta='center' mih='2rem' role='status' aria-live='assertive'>
          {isRunning && t(`prompt.${prompt}`)}
        </Text>
        {problem !== undefined && <Alert role='alert' color='red' variant='outline'>{problem}</Alert>}
        <Group>
          <Button disabled={isRunning || !email.includes('@')} onClick={begin}>{t('faceLoginStart')}</Button>
          <Button component={Link} href={`/login?${search}`} variant='default'>{t('usePassword')}</Button>
        </Group>
      </Stack>
    </Paper>
  )
}
