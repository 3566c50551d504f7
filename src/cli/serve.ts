import { loadConfig } from '../config.ts'
import { startServer } from '../server.ts'

/** Starts the server with the settings of the environment; it runs until a signal ends it. */
export async function serve (): Promise<void> {
  await startServer(loadConfig(process.env))
}
