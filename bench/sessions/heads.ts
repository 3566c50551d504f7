import type { Head } from './sources.ts'

/** Heads of second persons: the picture, and the place of head and shoulders in it. */
export const HEADS = {
  man: { file: 'images/one_face/wasm_face.jpg', cut: { left: 0.12, top: 0, width: 0.75, height: 0.92 } },
  laughing: { file: 'images/one_face/happy.jpg', cut: { left: 0.52, top: 0.02, width: 0.46, height: 0.98 } },
  woman: { file: 'images/one_face/neutral.jpg', cut: { left: 0.27, top: 0.04, width: 0.44, height: 0.96 } },
  suit: { file: 'images/mediapipe_testdata/portrait.jpg', cut: { left: 0.25, top: 0.02, width: 0.5, height: 0.5 } }
} as const satisfies Readonly<Record<string, Head>>
