import { useEffect, useRef, useState, type RefObject } from 'react'
import { openCamera, type Camera } from '../../live/camera.ts'
import { deviceFault } from '../../live/device-fault.ts'
import type { DeviceState } from '../../live/session-stream.ts'
import { chooseDevice, chosenDevice } from '../devices.ts'

export interface CheckCamera {
  readonly state: DeviceState
  open (): void
  choose (deviceId: string): void
  capture (width: number): Promise<Blob | undefined>
}

/** The camera of the check, on through all its steps. */
export function useCheckCamera (video: RefObject<HTMLVideoElement | null>): CheckCamera {
  const camera = useRef<Camera>(null)
  const [state, setState] = useState<DeviceState>('off')
  const open = () => {
    camera.current?.close()
    setState('opening')
    openCamera(video.current!, () => setState('gone'), {
      deviceId: chosenDevice('camera'),
      onMuted: isMuted => setState(isMuted ? 'muted' : 'on')
    }).then(opened => {
      camera.current = opened
      setState('on')
    }, (error: Error) => setState(deviceFault(error)))
  }
  useEffect(() => {
    // Where it is allowed already, such as after a reload, it needs no click.
    const permissions = navigator.permissions as Permissions | undefined
    permissions?.query({ name: 'camera' as PermissionName })
      .then(({ state }) => { if (state === 'granted' && camera.current === null) open() }).catch(() => {})
    return () => camera.current?.close()
  }, [])
  return {
    state,
    open,
    choose (deviceId) {
      chooseDevice('camera', deviceId)
      open()
    },
    capture: async width => await camera.current?.capture(width)
  }
}
