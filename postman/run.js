// Runs the collection against a started server: npm run postman
import { fileURLToPath } from 'node:url'
import newman from 'newman'

const { BASE_URL = 'http://localhost:8080', ADMIN_EMAIL, ADMIN_PASSWORD } = process.env
const baseUrl = BASE_URL.replace(/\/+$/, '')

/** Says what to do and ends. */
function refuse (text) {
  console.error(text)
  process.exit(2)
}

if (!ADMIN_EMAIL || !ADMIN_PASSWORD) {
  refuse(`The collection needs an admin's account. Make one on the server's database, then say who it is:

  npm run --silent invigil -- user add --role admin you@example.org
  ADMIN_EMAIL=you@example.org ADMIN_PASSWORD=… npm run postman`)
}

const isReady = await fetch(`${baseUrl}/health/ready`).then(answer => answer.ok, () => false)
if (!isReady) refuse(`No server is ready at ${baseUrl}. Start one with npm start, or name another with BASE_URL.`)

const file = name => fileURLToPath(new URL(name, import.meta.url))
newman.run({
  collection: file('Invigil.postman_collection.json'),
  environment: file('Invigil.postman_environment.json'),
  envVar: Object.entries({ baseUrl, adminEmail: ADMIN_EMAIL, adminPassword: ADMIN_PASSWORD })
    .map(([key, value]) => ({ key, value })),
  reporters: ['cli'],
  timeoutRequest: 30_000
}, (error, summary) => {
  if (error) refuse(error.message)
  process.exitCode = summary.run.failures.length === 0 ? 0 : 1
})
