import { STRUCTURE_SHARE_MAX } from '../image/quality.ts'
import type { EventKind } from '../types.ts'
import { client, FACE_MODELS, frame, input, other, type Rule } from './rule.ts'
import * as signals from './signals.ts'

/** The rules about the page, the state of camera and microphone, the line, and what was seen of the session. */
export const PAGE_AND_LINE_RULES = {
  tab_switch: client(
    { severity: 'medium', weight: 3, says: 'Switched to another tab', alsoKnownAs: ['TAB_SWITCH'] },
    true
  ),
  // A tab switch blurs the window as well: on its own it says little.
  window_blur: client({ severity: 'low', weight: 1, says: 'Exam window lost focus' }, true),
  fullscreen_exit: client({ severity: 'medium', weight: 2, says: 'Left full screen' }, true),
  copy: client({ severity: 'low', weight: 1, says: 'Copied text' }, false),
  paste: client({ severity: 'medium', weight: 2, says: 'Pasted text' }, false),
  print: client({ severity: 'medium', weight: 2, says: 'Tried to print' }, false),
  context_menu: client({ severity: 'low', weight: 1, says: 'Opened the context menu' }, false),
  second_screen: client({ severity: 'high', weight: 3, says: 'Second screen connected' }, true),
  devtools: client({ severity: 'high', weight: 3, says: 'Developer tools opened' }, true),

  camera_blocked: frame({
    class: 'technical',
    severity: 'high',
    says: 'Camera covered',
    read: signals.cameraBlocked,
    enterMs: 1500,
    cooldownMs: 5000,
    limits: { structureMax: STRUCTURE_SHARE_MAX }
  }),
  camera_upside_down: frame({
    class: 'technical',
    severity: 'high',
    says: 'Camera upside down',
    read: signals.cameraUpsideDown,
    models: FACE_MODELS,
    // The detector tries the picture upside down every two seconds while it finds no face.
    enterMs: 3000,
    leaveMs: 3000,
    // One event in ten minutes is enough for the proctor to know.
    cooldownMs: 600_000,
    limits: {}
  }),
  too_dark: frame({
    class: 'technical',
    severity: 'low',
    says: 'Picture too dark',
    read: signals.tooDark,
    enterMs: 3000,
    leaveMs: 2000,
    cooldownMs: 10_000,
    limits: { brightness: 0.1 }
  }),
  too_blurry: frame({
    class: 'technical',
    severity: 'low',
    says: 'Picture too blurry',
    read: signals.tooBlurry,
    enterMs: 5000,
    leaveMs: 2000,
    cooldownMs: 10_000,
    // A 640×480 portrait blurred by eight pixels, where gaze and mouth can no longer be measured, has 20 to 60.
    limits: { sharpness: 20 }
  }),
  frame_frozen: frame({
    class: 'technical',
    severity: 'medium',
    says: 'Picture frozen',
    read: signals.frameFrozen,
    enterMs: 10_000,
    leaveMs: 0,
    enterCount: 4,
    window: 1,
    cooldownMs: 5000,
    // Change: one pixel in two hundred off by one 8-bit step, less than any sensor's noise leaves. Shift: in a picture
    // 640 pixels wide; stills under encoders came to 0.6, people to 4 and more within five seconds.
    limits: { change: signals.REPEATED_CHANGE_MAX, shiftPixels: 0.8, stillMs: 20_000 }
  }),
  no_frames: input({
    severity: 'medium', says: 'No picture received', alsoKnownAs: ['NO_FRAME_RECEIVED'], enterMs: 5000, cooldownMs: 0
  }),
  invalid_image: input({
    severity: 'low', says: 'Invalid picture received', alsoKnownAs: ['INVALID_IMAGE'], enterMs: 0, cooldownMs: 10_000
  }),
  connection_lost: input({ severity: 'medium', says: 'Connection lost', enterMs: 3000, cooldownMs: 0 }),
  camera_off: client({ severity: 'high', says: 'Camera switched off' }, true, 'technical'),
  // The noise gate of a headset also sends digital silence between sentences, so only a long silence counts.
  microphone_off: {
    ...client({ severity: 'medium', says: 'Microphone switched off' }, true, 'technical'),
    silentMs: 30_000
  },
  // Only where the exam records the screen. The server reports it too when no frame of the screen arrives.
  screen_share_stopped: client({ severity: 'medium', says: 'Screen not shared' }, true, 'technical'),
  // Records the calibrated directions, so that a proctor sees what the gaze is measured from. `cooldownMs` is the time
  // between two calibrations that count.
  calibration: {
    ...input({
      severity: 'info',
      says: 'Gaze calibration at the corners of the screen',
      enterMs: 0,
      cooldownMs: 300_000
    }),
    class: 'information'
  },
  // A report in words by a person or another system. Its confidence is that of the reporter.
  suspicious_activity: other({
    severity: 'high',
    weight: 3,
    says: 'Suspicious activity reported',
    alsoKnownAs: ['SUSPICIOUS_ACTIVITY']
  }),

  // Time of an open session without pictures that show something (`coverage.ts`). People judge what it means.
  watch_gap: {
    ...input({ severity: 'medium', says: 'Candidate not seen', enterMs: 5000, cooldownMs: 0 }),
    class: 'coverage'
  },
  never_watched: {
    ...input({ severity: 'high', says: 'Candidate not seen since the start', enterMs: 15_000, cooldownMs: 0 }),
    class: 'coverage'
  },
  paused: other({ severity: 'info', says: 'Session paused' }, 'information'),
  recording_failed: other({ severity: 'medium', says: 'Not kept: the server could not store a recording or evidence' }, 'technical'),
  identity_none: other(
    { severity: 'low', says: 'No enrolled face to compare with, so the face was not compared' },
    'information'
  ),
  identity_changed: other({ severity: 'medium', says: 'Enrolled face changed shortly before the start' }, 'information')
} as const satisfies Readonly<Partial<Record<EventKind, Rule>>>
