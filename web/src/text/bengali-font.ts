/**
 * The font with Bengali letters is as large as all else that the first page loads, and most devices have such letters.
 * Chromium keeps the boxes that it drew for letters of a font that was still loading: on a device without Bengali
 * letters, Bangla text must wait for the font.
 */
const FONT = '16px "Noto Sans Bengali Variable"'
const WAIT_MS_MAX = 15_000
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
  await Promise.race([
    document.fonts.load(FONT, 'ক').catch(() => {}),
    new Promise(resolve => { setTimeout(resolve, WAIT_MS_MAX) })
  ])
}

/** Resolves when this device can show Bangla text. */
export async function untilBanglaShows (): Promise<void> {
  if (!hasLetters()) await loadBengaliFont()
}
