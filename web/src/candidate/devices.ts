/** The camera and the microphone that the candidate chose on this device. */
export type DeviceKind = 'camera' | 'microphone'

const keyOf = (kind: DeviceKind) => `invigil.${kind}`

export const chosenDevice = (kind: DeviceKind): string | undefined => localStorage.getItem(keyOf(kind)) ?? undefined

export const chooseDevice = (kind: DeviceKind, deviceId: string): void => localStorage.setItem(keyOf(kind), deviceId)
