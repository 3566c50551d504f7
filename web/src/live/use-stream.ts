import { useSyncExternalStore } from 'react'
import type { SessionStream, StreamView } from './session-stream.ts'

/** A part of what the stream shows; the component renders again when that part changes. */
export const useStream = <Part>(stream: SessionStream, select: (view: StreamView) => Part): Part =>
  useSyncExternalStore(stream.subscribe, () => select(stream.view()))
