/**
 * Runs TypeScript files as they are, in the main thread and in worker threads: `tsx` on the command line does not reach
 * worker threads on Node 20. The tests' `--import`.
 */
import { register } from 'tsx/esm/api'

register()
