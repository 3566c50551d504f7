// The build adds the styles of each component (scripts/mantine-styles.js).
import '@mantine/core/styles/baseline.layer.css'
import '@mantine/core/styles/default-css-variables.layer.css'
import '@mantine/core/styles/global.layer.css'
// The font itself loads when Bengali letters are shown.
import '@fontsource-variable/noto-sans-bengali/index.css'
import { createRoot } from 'react-dom/client'
import { isLoggedInHere, restoreLogin } from './api/login.ts'
import { App, preloadInside } from './app/app.tsx'
import { untilBanglaShows } from './text/bengali-font.ts'
import { language } from './text/index.ts'
import './style.css'

/** The first page is usable before anything else takes the line. */
const PRELOAD_AFTER_MS = 500

// With a login the frame is needed at once; the login is taken over meanwhile.
if (isLoggedInHere()) preloadInside()
await Promise.all([restoreLogin(), language() === 'bn' && untilBanglaShows()])
createRoot(document.querySelector('#app')!).render(<App />)
setTimeout(preloadInside, PRELOAD_AFTER_MS)
