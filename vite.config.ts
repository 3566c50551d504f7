import { defineConfig } from 'vite'
import { compress } from './scripts/compress.js'
import { serviceWorker } from './scripts/service-worker.js'

export default defineConfig({
  root: 'web',
  plugins: [serviceWorker(), compress()],
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The service worker and the test of sizes read which files belong together.
    manifest: true,
    // Fonts stay files: as data in the style sheet, every reader would load them.
    assetsInlineLimit: 0,
    rolldownOptions: {
      checks: { pluginTimings: false },
      // Mantine marks its modules for React's server components, which are not used here.
      onwarn: (warning, warn) => { if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning) },
      // What the first page needs is in one file: on a slow line forty small ones cost a round trip for every six.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'], test: /^(?!.*(main\.tsx|\.html)$)/ }] } }
    }
  },
  server: { proxy: { '/api': 'http://localhost:8080', '/ws': { target: 'ws://localhost:8080', ws: true } } }
})
