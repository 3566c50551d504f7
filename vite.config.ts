import { defineConfig } from 'vite'
import { serviceWorker } from './scripts/service-worker.js'

export default defineConfig({
  root: 'web',
  plugins: [serviceWorker()],
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The service worker and the test of sizes read which files belong together.
    manifest: true,
    // Fonts stay files: as data in the style sheet, every reader would load them.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Mantine marks its modules for React's server components, which are not used here.
      onwarn: (warning, warn) => { if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning) }
    }
  },
  server: { proxy: { '/api': 'http://localhost:8080', '/ws': { target: 'ws://localhost:8080', ws: true } } }
})
