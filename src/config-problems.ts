/** What is wrong with the values of the environment beyond their types. */
import { isIP } from 'node:net'

/** Checks that the schema cannot express. Messages never contain the value of a secret. */
export function contentProblems (values: Readonly<Record<string, unknown>>): string[] {
  const text = (name: string): string => typeof values[name] === 'string' ? values[name] : ''
  const problems: string[] = []
  const secret = text('JWT_SECRET')
  if (secret !== '' && secret.length < 32) {
    problems.push(
      'JWT_SECRET must have at least 32 characters; make one with: node -p "crypto.randomBytes(48).toString(\'base64url\')"'
    )
  }
  const metricsToken = text('METRICS_TOKEN')
  if (metricsToken !== '' && !/^[\w.~+/-]{16,}=*$/.test(metricsToken)) {
    problems.push(
      'METRICS_TOKEN must have at least 16 characters, letters, digits and -._~+/ only; make one with: node -p "crypto.randomBytes(24).toString(\'base64url\')"'
    )
  }
  for (const name of ['FACE_KEY', 'MEDIA_KEY'] as const) {
    const key = text(name)
    if (key !== '' && !/^[0-9a-f]{64}$/i.test(key)) {
      problems.push(
        `${name} must be 64 hexadecimal digits; make one with: node -p "crypto.randomBytes(32).toString('hex')"`
      )
    }
  }
  problems.push(...storageProblems(text))
  for (const address of list(text('TRUST_PROXY'))) {
    if (!isProxyAddress(address)) {
      problems.push(
        `TRUST_PROXY must hold addresses such as 10.0.0.5 or 10.0.0.0/8, or loopback, linklocal, uniquelocal; "${address}" is not an address`
      )
    }
  }
  const database = text('DATABASE_URL')
  if (database !== '' && !/^(mysql|mariadb|postgres|postgresql):\/\/.|^file:./.test(database)) {
    problems.push('DATABASE_URL must begin with postgres://, mysql:// or file:')
  }
  const redis = text('REDIS_URL')
  if (redis !== '' && !(/^rediss?:\/\/./.test(redis) && URL.canParse(redis))) {
    problems.push('REDIS_URL must begin with redis:// or rediss://')
  }
  if (redis !== '' && secret === '') {
    problems.push(
      'JWT_SECRET must be set with REDIS_URL, to the same value on every gateway: every gateway must accept the tokens of the others'
    )
  }
  if (Number(values['REFRESH_TOKEN_TTL']) < Number(values['ACCESS_TOKEN_TTL'])) {
    problems.push('REFRESH_TOKEN_TTL must not be shorter than ACCESS_TOKEN_TTL')
  }
  for (const origin of list(text('CORS_ORIGINS'))) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      problems.push(
        `CORS_ORIGINS must hold origins such as https://exams.example.org, without a path; "${origin}" is not an origin`
      )
    }
  }
  return problems
}

function storageProblems (text: (name: string) => string): string[] {
  const problems: string[] = []
  const url = text('STORAGE_URL')
  if (url !== '' && !/^file:.|^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]*)?$/.test(url)) {
    problems.push('STORAGE_URL must be file:path or s3://bucket/prefix')
  }
  const endpoint = text('S3_ENDPOINT')
  if (endpoint !== '' && !(/^https?:\/\//.test(endpoint) && URL.canParse(endpoint))) {
    problems.push('S3_ENDPOINT must be an address such as https://s3.example.org')
  }
  if (url.startsWith('s3:') && (text('S3_ACCESS_KEY_ID') === '' || text('S3_SECRET_ACCESS_KEY') === '')) {
    problems.push('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be set with an s3:// address in STORAGE_URL')
  }
  return problems
}

/** Whether it is an address, a network that does not cover all addresses, or a name for a group of networks. */
function isProxyAddress (text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  return /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128)
}

/** The parts of a comma-separated value. */
export function list (text: string): readonly string[] {
  return Object.freeze(text.split(',').map(part => part.trim()).filter(part => part !== ''))
}
