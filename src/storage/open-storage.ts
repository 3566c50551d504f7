import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { createFolderStorage } from './folder-storage.ts'
import { createS3Storage } from './s3-storage.ts'
import type { Storage } from './storage.ts'

/** The store that `STORAGE_URL` names; without it a folder in `DATA_DIR`. */
export function openStorage ({ storageUrl, dataDir, s3 }: Pick<Config, 'storageUrl' | 'dataDir' | 's3'>): Storage {
  if (!storageUrl.startsWith('s3:')) {
    return createFolderStorage(resolve(storageUrl === '' ? join(dataDir, 'media') : storageUrl.replace(/^file:(\/\/)?/, '')))
  }
  const { host: bucket, pathname } = new URL(storageUrl)
  return createS3Storage({
    ...s3,
    endpoint: s3.endpoint === '' ? `https://s3.${s3.region}.amazonaws.com` : s3.endpoint,
    bucket,
    prefix: pathname.replace(/^\/+|\/+$/g, '')
  })
}
