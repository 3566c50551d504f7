/**
 * The font with Bengali letters is as large as all else that the first page loads, and most devices have such letters.
 * Chromium keeps the boxes that it drew for letters of a font that was still loading: on a device without Bengali
 * letters, Bangla text must wait for the font.
 */
const FONT = '16px "Noto Sans Bengali Variable"'
const LETTER = 'ক'
const WAIT_MS_MAX = 15_000
const AGAIN_MS = 20
const SIZE = 20

/** Two letters look alike on a device that draws a box for each. */
function hasLetters (): boolean {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  if (context === null) return true
  context.font = '16px system-ui, sans-serif'
  context.textBaseline = 'top'
  const draw = (letter: string): string => {
    context.clearRect(0, 0, SIZE, SIZE)
    context.fillText(letter, 0, 0)
    return context.getImageData(0, 0, SIZE, SIZE).data.join()
  }
  return draw('ক') !== draw('জ')
}

/** Resolves when the font is there; a line that does not bring it is waited for 15 seconds at most. */
export async function loadBengaliFont (): Promise<void> {
  const untilMs = performance.now() + WAIT_MS_MAX
  await Promise.race([load(untilMs).catch(() => {}), pause(WAIT_MS_MAX)])
}

/** Chromium loads a font again when a style sheet is added while it loads, so the promise alone does not say enough. */
async function load (untilMs: number): Promise<void> {
  await document.fonts.load(FONT, LETTER)
  while (!document.fonts.check(FONT, LETTER) && performance.now() < untilMs) {
    await pause(AGAIN_MS)
    await document.fonts.load(FONT, LETTER)
  }
}

async function pause (ms: number): Promise<void> {
  await new Promise(resolve => { setTimeout(resolve, ms) })
}

/** Resolves when this device can show Bangla text. */
export async function untilBanglaShows (): Promise<void> {
  if (!hasLetters()) await loadBengaliFont()
}
