import '@mantine/core/styles.css'
import '@mantine/dates/styles.css'
import '@mantine/notifications/styles.css'
// Its unicode-range makes browsers load it only where Bengali letters are shown.
import '@fontsource-variable/noto-sans-bengali/index.css'
import 'dayjs/locale/bn'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import './style.css'

createRoot(document.querySelector('#app')!).render(<App />)
