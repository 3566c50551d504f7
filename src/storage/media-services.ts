import type { Database } from '../../db/index.ts'
import type { Config } from '../config.ts'
import { linkKeyOf, openMediaKey } from '../secrets/media-key.ts'
import { createMediaVault, type MediaVault } from './media-vault.ts'
import { openStorage } from './open-storage.ts'
import type { Storage } from './storage.ts'

/** The stored media and the key that signs links to it. */
export interface MediaServices {
  readonly vault: MediaVault
  readonly linkKey: Uint8Array
}

export interface MediaParts {
  readonly db: Pick<Database, 'mediaKeys'>
  readonly storage: Storage
  readonly masterKey: Uint8Array
}

export const createMedia = ({ db, storage, masterKey }: MediaParts): MediaServices => ({
  vault: createMediaVault({ db, storage, masterKey }),
  linkKey: linkKeyOf(masterKey)
})

/** As the configuration says. */
export async function openMedia ({
  config,
  db
}: {
  readonly config: Pick<Config, 'mediaKey' | 'storageUrl' | 'dataDir' | 's3'>
  readonly db: Pick<Database, 'mediaKeys'>
}): Promise<MediaServices> {
  return createMedia({ db, storage: openStorage(config), masterKey: await openMediaKey(config) })
}
