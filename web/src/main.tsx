// Only what the first page uses; the rest comes with app/inside.tsx. Layers let our own styles win, whatever the order.
import '@mantine/core/styles/baseline.layer.css'
import '@mantine/core/styles/default-css-variables.layer.css'
import '@mantine/core/styles/global.layer.css'
import '@mantine/core/styles/ActionIcon.layer.css'
import '@mantine/core/styles/Alert.layer.css'
import '@mantine/core/styles/Anchor.layer.css'
import '@mantine/core/styles/Button.layer.css'
import '@mantine/core/styles/Center.layer.css'
import '@mantine/core/styles/Group.layer.css'
import '@mantine/core/styles/Input.layer.css'
import '@mantine/core/styles/Loader.layer.css'
import '@mantine/core/styles/Paper.layer.css'
import '@mantine/core/styles/PasswordInput.layer.css'
import '@mantine/core/styles/Stack.layer.css'
import '@mantine/core/styles/Text.layer.css'
import '@mantine/core/styles/Title.layer.css'
import '@mantine/core/styles/UnstyledButton.layer.css'
// Its unicode-range makes browsers load it only where Bengali letters are shown.
import '@fontsource-variable/noto-sans-bengali/index.css'
import { createRoot } from 'react-dom/client'
import { isLoggedInHere, restoreLogin } from './api/login.ts'
import { App, preloadInside } from './app/app.tsx'
import './style.css'

/** The first page is usable before anything else takes the line. */
const PRELOAD_AFTER_MS = 500

// With a login the frame is needed at once; the login is taken over meanwhile.
if (isLoggedInHere()) preloadInside()
await restoreLogin()
createRoot(document.querySelector('#app')!).render(<App />)
setTimeout(preloadInside, PRELOAD_AFTER_MS)
