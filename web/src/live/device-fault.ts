/**
 * Why a camera or microphone cannot be opened. `refused`: the browser may not use it; `none`: there is none; `busy`:
 * another program has it; `insecure`: the page's address is not encrypted, so the browser offers no devices.
 */
export type DeviceFault = 'refused' | 'none' | 'busy' | 'insecure'

export function deviceFault (error: Error): DeviceFault {
  if (error.name === 'NotAllowedError' || error.name === 'SecurityError') return 'refused'
  if (error.name === 'NotFoundError' || error.name === 'OverconstrainedError') return 'none'
  // Without `mediaDevices` the call itself fails.
  return globalThis.navigator?.mediaDevices === undefined ? 'insecure' : 'busy'
}
