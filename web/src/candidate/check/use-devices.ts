import { useEffect, useState } from 'react'
import { t } from '../text.ts'

export interface DeviceChoice {
  readonly value: string
  readonly label: string
}

/** The devices of a kind. Browsers name them only once one may be used (`isAllowed`). */
export function useDevices (kind: MediaDeviceKind, isAllowed: boolean): readonly DeviceChoice[] {
  const [devices, setDevices] = useState<readonly DeviceChoice[]>([])
  useEffect(() => {
    const media = navigator.mediaDevices as MediaDevices | undefined
    if (!isAllowed || media === undefined) return
    const load = () => {
      media.enumerateDevices().then(found => setDevices(found
        .filter(device => device.kind === kind && device.deviceId !== '')
        .map(({ deviceId, label }, index) => ({
          value: deviceId,
          label: label === '' ? t('deviceNumber', { number: index + 1 }) : label
        })))).catch(() => {})
    }
    load()
    media.addEventListener('devicechange', load)
    return () => media.removeEventListener('devicechange', load)
  }, [kind, isAllowed])
  return devices
}
