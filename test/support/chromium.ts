/** Debian's Chromium, or the reason why a test must be skipped. In CI a missing browser is a failure. */
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

export const skipWithoutChromium: false | string =
  existsSync(EXECUTABLE) || process.env['CI'] === 'true' ? false : `no ${EXECUTABLE}: apt-get install chromium`

/**
 * A browser without network, whose camera plays `cameraFile` (Y4M or MJPEG) over and over. It shares a fake monitor
 * when a page asks for a screen.
 */
export async function launchChromium (cameraFile: string): Promise<Browser> {
  return await chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream=display-media-type=monitor',
      `--use-file-for-fake-video-capture=${cameraFile}`
    ]
  })
}
