// The build adds the styles of each component (scripts/mantine-styles.js).
import '@mantine/core/styles/baseline.layer.css'
import '@mantine/core/styles/default-css-variables.layer.css'
import '@mantine/core/styles/global.layer.css'
import { createRoot } from 'react-dom/client'
import { isLoggedInHere, restoreLogin } from './api/login.ts'
import { App, preloadInside } from './app/app.tsx'
import { language, onLanguageChange } from './text/index.ts'
import './style.css'

/** The first page is usable before anything else takes the line. */
const PRELOAD_AFTER_MS = 500
const BENGALI_FONT_AFTER_MS = 10_000

// With a login the frame is needed at once; the login is taken over meanwhile.
if (isLoggedInHere()) preloadInside()
await restoreLogin()
createRoot(document.querySelector('#app')!).render(<App />)
setTimeout(preloadInside, PRELOAD_AFTER_MS)
loadBengaliFont()

/**
 * The font is as large as all else that the first page loads. A page in English shows Bengali letters in the name of
 * the language and of some people: the device's own font does until then.
 */
function loadBengaliFont (): void {
  const load = (): void => { import('@fontsource-variable/noto-sans-bengali/index.css').catch(() => {}) }
  if (language() === 'bn') return load()
  onLanguageChange(load)
  setTimeout(load, BENGALI_FONT_AFTER_MS)
}
