import type { Database, FaceChange, FaceOutcome, UserSecrets } from '../../db/index.ts'
import { openFaceKey } from '../secrets/face-key.ts'
import { openFace, sealFace } from './seal.ts'

/** Enrolled faces: encrypted in the database, plain only where they are compared. */
export interface FaceVault {
  /** The vector encrypted for this user, as it is stored. */
  seal (userId: string, vector: Float32Array): Promise<Uint8Array>
  store (userId: string, vector: Float32Array, change: FaceChange): Promise<FaceOutcome>
  /** Forgets the face. */
  remove (userId: string, change: FaceChange): Promise<FaceOutcome>
  /** Undefined: no face is enrolled, or it was sealed with another key. */
  open (user: Pick<UserSecrets, 'id' | 'faceEmbedding'>): Promise<Float32Array | undefined>
  /** The same by the user's id. */
  enrolled (userId: string): Promise<Float32Array | undefined>
}

export interface FaceVaultOptions {
  readonly db: Pick<Database, 'users'>
  readonly config: { readonly faceKey: Buffer | undefined, readonly dataDir: string }
  /** Told once for each face that does not open. */
  readonly onUnreadable: (userId: string) => void
}

export function createFaceVault ({ db, config, onUnreadable }: FaceVaultOptions): FaceVault {
  // At the first use: a server without faces makes no key.
  let key: Promise<Buffer> | undefined
  const keyOnce = async (): Promise<Buffer> => {
    key ??= openFaceKey(config)
    try {
      return await key
    } catch (error) {
      key = undefined
      throw error
    }
  }
  const vault: FaceVault = {
    async seal (userId, vector) {
      return sealFace(await keyOnce(), userId, vector)
    },
    async store (userId, vector, change) {
      return await db.users.setFace(userId, { embedding: await vault.seal(userId, vector), change })
    },
    async remove (userId, change) {
      return await db.users.setFace(userId, { embedding: null, change })
    },
    async open ({ id, faceEmbedding }) {
      if (faceEmbedding === null) return undefined
      const vector = openFace(await keyOnce(), id, faceEmbedding)
      if (vector === undefined) onUnreadable(id)
      return vector
    },
    async enrolled (userId) {
      const user = await db.users.secretsById(userId)
      return user === undefined ? undefined : await vault.open(user)
    }
  }
  return vault
}
