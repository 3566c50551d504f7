/** A signed report without a server: four entries in its log, one picture, and a PDF that is none. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { strToU8 } from 'fflate'
import { thumbprint, type PublicKey } from '../../lib/signed-report/verify.ts'
import { packReport } from '../../src/reports/pack.ts'

export const PICTURE = Uint8Array.of(255, 216, 1, 2, 3)
export const PATH = 'evidence/1.jpg'

export async function newKey () {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { kty, crv, x } = publicKey.export({ format: 'jwk' })
  const jwk = { kty: kty!, crv: crv!, x: x! }
  return { privateKey, jwk, kid: await thumbprint(jwk), pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

interface Key {
  readonly jwk: PublicKey
  readonly kid: string
  readonly pem: string
}

export async function issue ({ jwk, kid, pem }: Key) {
  return await packReport({
    report: {
      issuer: { kid },
      session: { id: 's1' },
      candidate: { name: 'Rahim "উদ্দিন"' },
      evidence: [{ path: PATH, sha256: createHash('sha256').update(PICTURE).digest('hex') }]
    } as { session: { id: string } },
    log: Array.from({ length: 4 }, (_, at) => ({
      atMs: at, type: 'event', data: { kind: 'phone' }, ...(at > 0 && { detail: { weight: at / 3, text: 'é' } })
    })),
    printed: { language: 'en', title: '', lead: '', footer: '', sections: [], check: { sha256: '', entries: '', head: '' } },
    readme: 'How to check it',
    keys: { keys: [{ ...jwk, kid }] },
    evidence: [{ path: PATH, content: PICTURE }],
    issuedAtMs: Date.UTC(2026, 10, 27),
    kid,
    pem
  }, () => strToU8('a pdf'))
}
