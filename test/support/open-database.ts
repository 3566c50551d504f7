/*
 * A process of its own for the tests of the migration lock.
 *   open URL   opens the database, says `opened`, ends
 *   hold URL   takes the migration lock, says `held`, and keeps it until killed
 */
import { createClient } from '@libsql/client'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { openDatabase } from '../../db/index.ts'

const [, , task, url = ''] = process.argv

if (task === 'open') {
  const db = await openDatabase({ url })
  await db.ping()
  await db.settings.set(`opened-${process.pid}`, true)
  await db.close()
  console.log('opened')
} else {
  if (url.startsWith('file:')) await createClient({ url: `${url}.lock` }).transaction('write')
  else if (url.startsWith('postgres:')) {
    const client = new Client(url)
    await client.connect()
    await client.query('SELECT pg_advisory_lock(4682447)')
  } else await (await createConnection(url)).query("SELECT GET_LOCK(CONCAT('invigil-', MD5(DATABASE())), 0)")
  console.log('held')
  setInterval(() => {}, 1000)
}
