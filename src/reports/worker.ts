/** The thread that makes reports. */
import { parentPort } from 'node:worker_threads'
import type { FromPress, ReportJob } from './messages.ts'
import { packReport } from './pack.ts'
import { openPdfCompiler } from './pdf.ts'

const compile = openPdfCompiler()

parentPort!.on('message', (job: ReportJob) => {
  const send = (message: FromPress): void => parentPort!.postMessage(message)
  packReport(job, compile).then(
    files => send({ type: 'done', files }),
    error => send({ type: 'failed', text: error instanceof Error ? error.stack ?? error.message : String(error) })
  )
})
