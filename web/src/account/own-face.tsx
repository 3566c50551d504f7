import { AspectRatio, Button, FileButton, Group, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { api } from '../api/client.ts'
import { errorText } from '../api/error-text.ts'
import { PageError } from '../api/errors.ts'
import { enrolFace, updateUser } from '../api/login.ts'
import { useUser } from '../api/use-login.ts'
import { openCamera, type Camera } from '../live/camera.ts'
import { Problem } from '../shared/problem.tsx'
import { cameraProblem, t as common } from '../text/index.ts'
import { Card } from './card.tsx'
import { t } from './text.ts'

const WIDTH = 1280

/** The enrolled face: taken with the camera or from a picture, and forgotten again. */
export function OwnFace () {
  const hasFace = useUser()?.hasFace === true
  const video = useRef<HTMLVideoElement>(null)
  const [camera, setCamera] = useState<Camera>()
  const [isBusy, setIsBusy] = useState(false)
  const [isAsking, setIsAsking] = useState(false)
  const [said, setSaid] = useState('')
  const [error, setError] = useState<Error>()
  useEffect(() => () => camera?.close(), [camera])

  const act = (work: () => Promise<string>) => {
    setIsBusy(true)
    setSaid('')
    setError(undefined)
    work().then(setSaid, (error: Error) => setError(new PageError(cameraProblem(error) ?? errorText(error))))
      .finally(() => setIsBusy(false))
  }
  const open = async () => {
    setCamera(await openCamera(video.current!, () => setCamera(undefined)))
    return ''
  }
  const enrol = async (picture: Blob | undefined) => {
    if (picture === undefined) return ''
    await enrolFace(picture)
    setCamera(undefined)
    return t('faceEnrolled')
  }
  const forget = async () => {
    await api.DELETE('/api/v1/auth/me/face')
    updateUser({ hasFace: false })
    setIsAsking(false)
    return t('faceForgotten')
  }
  return (
    <Card title={t('face')}>
      <Text>{t(hasFace ? 'faceThere' : 'faceNotThere')}</Text>
      <Text size='sm' c='dimmed'>{t('faceWhat')}</Text>
      {/* Always there, so that the camera finds it; hidden while it is off. */}
      <AspectRatio ratio={4 / 3} maw={360} hidden={camera === undefined}>
        <video ref={video} className='mirrored' muted playsInline aria-label={common('yourCamera')} />
      </AspectRatio>
      {error !== undefined && <Problem error={error} />}
      <Text role='status' size='sm'>{said}</Text>
      {isAsking
        ? (
          <Stack gap='xs'>
            <Text>{t('forgetSure')}</Text>
            <Group>
              <Button variant='default' onClick={() => setIsAsking(false)}>{t('cancel')}</Button>
              <Button color='red.9' loading={isBusy} onClick={() => act(forget)}>{t('forgetYes')}</Button>
            </Group>
          </Stack>
          )
        : (
          <Group>
            {camera === undefined
              ? <Button loading={isBusy} onClick={() => act(open)}>{t('cameraOn')}</Button>
              : (
                <>
                  <Button loading={isBusy} onClick={() => act(async () => await enrol(await camera.capture(WIDTH)))}>
                    {t(hasFace ? 'enrolAgain' : 'enrol')}
                  </Button>
                  <Button variant='default' onClick={() => setCamera(undefined)}>{t('cameraOff')}</Button>
                </>
                )}
            <FileButton accept='image/*' onChange={file => { if (file !== null) act(async () => await enrol(file)) }}>
              {props => <Button variant='default' {...props}>{common('chooseFile')}</Button>}
            </FileButton>
            {hasFace && <Button variant='default' onClick={() => setIsAsking(true)}>{t('forget')}</Button>}
          </Group>
          )}
    </Card>
  )
}
