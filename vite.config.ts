import { defineConfig } from 'vite'
import { compress } from './scripts/compress.js'
import { mantineStyles } from './scripts/mantine-styles.js'
import { serviceWorker } from './scripts/service-worker.js'

export default defineConfig({
  root: 'web',
  plugins: [mantineStyles(), serviceWorker(), compress()],
  optimizeDeps: { rolldownOptions: { plugins: [mantineStyles()] } },
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
      // On a slow line forty small files cost a round trip for every six: what the first page needs is in one, and
      // what the frame around the pages and a candidate's first page need is in another.
      output: {
        codeSplitting: {
          groups: [
            { name: 'first', tags: ['$initial'], test: /^(?!.*(main\.tsx|\.html)$)/, priority: 2 },
            { name: 'inside', test: /web\/src\/app\/inside\.tsx$/, priority: 1 }
          ]
        }
      }
    }
  },
  server: { proxy: { '/api': 'http://localhost:8080', '/ws': { target: 'ws://localhost:8080', ws: true } } }
})
