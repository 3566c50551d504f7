/** Every rule of a policy in plain words, for those who set it: what it does. English; the titles are `events`. */
export const rulesEn = {
  rules: {
    face_missing: 'The camera sends pictures, and no face is in them.',
    multiple_faces: 'A second face of about the same size is in the picture.',
    extra_person: 'A second person is in the picture, also with the face turned away.',
    looking_away: 'Eyes and head point away from the screen, compared with what is usual for this candidate.',
    eye_movement: 'The eyes move widely from side to side, again and again.',
    eyes_closed: 'Both eyes are closed for longer than a blink.',
    mouth_movement: 'The mouth opens and closes as it does in speech. A yawn or a smile is not reported.',
    hand_detected: 'A hand is in the picture. Most people show their hands, so this is only noted.',
    phone: 'A mobile phone is in the picture.',
    forbidden_object: 'A book, laptop, television, remote control, tablet or headphones are in the picture. You can change the list.',
    identity_mismatch: 'The face clearly differs from the enrolled face, in several comparisons one after another.',
    identity_unsure: 'The face neither clearly matches nor clearly differs from the enrolled face. Someone should look.',
    spoof_suspected: 'The face may be a photograph or a screen that is held in front of the camera.',
    voice: 'The microphone picks up speech. Words are not understood or stored.',
    background_voice: 'The microphone picks up speech while the lips of the candidate do not move.',
    multiple_voices: 'Two voices take turns near the microphone. Judged only where the operator has installed a speaker model.',
    loud_noise: 'A sound is much louder than the room usually is.',
    tab_switch: 'The exam page is hidden because another tab or program is in front.',
    window_blur: 'The exam page is visible, but another window has the focus.',
    fullscreen_exit: 'The page was in full screen and is no longer.',
    copy: 'Text is copied from the exam page. The text is not sent.',
    paste: 'Text is pasted into the exam page. The text is not sent.',
    print: 'The print dialog is opened.',
    context_menu: 'The context menu is opened.',
    second_screen: 'The browser reports a second screen.',
    devtools: 'The developer tools of the browser appear to be open.',
    camera_blocked: 'Something covers the camera.',
    camera_upside_down: 'The picture is upside down, so no face is found.',
    too_dark: 'The picture is too dark to find faces.',
    too_blurry: 'The picture is too blurry to judge eyes and mouth.',
    frame_frozen: 'The same picture comes again and again.',
    no_frames: 'The page is connected and sends no pictures.',
    invalid_image: 'The page sends pictures that cannot be read.',
    camera_off: 'The camera is switched off or was unplugged.',
    microphone_off: 'The microphone is switched off or gives complete silence.',
    connection_lost: 'The page is not connected.',
    calibration: 'The candidate has looked at the corners of the screen, so that gaze is judged better.',
    suspicious_activity: 'A person or another system reports something in words.',
    watch_gap: 'The candidate was not seen for a while, for whatever reason.',
    never_watched: 'The session runs, and the candidate has not been seen since its start.',
    paused: 'The session was paused by the candidate or by staff.',
    identity_none: 'There was no enrolled face to compare with.',
    identity_changed: 'The enrolled face was replaced shortly before the start.'
  },
  /** From when on a rule reports, with its default. */
  ruleLimits: {
    lasts: 'Reported when it lasts {{time}} or longer.',
    speech: 'Reported after {{time}} of speech within {{within}}.',
    voices: 'Reported after {{time}} of a second voice that takes turns with the first.',
    loud: 'Reported after {{time}} of noise within {{within}}.',
    compared: 'Reported when {{count}} comparisons in a row agree and it lasts {{time}} or longer.',
    page: 'Reported by the exam page as soon as it happens.',
    once: 'Noted when it happens.',
    outside: 'Reported by a person or another system.'
  },
  ruleWeights: {
    adds: 'Each incident adds {{weight}} to the risk score.',
    technical: 'Technical. It adds nothing to the risk score.',
    information: 'Information. It adds nothing to the risk score.',
    coverage: 'It lowers the share of the time that was seen, and adds nothing to the risk score.'
  },
  /** What an admin should know of the installation. */
  systemWarnings: {
    signupOpen: 'Anyone who can reach this server can create an account. Set SIGNUP=invite to require an invitation.',
    demo: 'Demo accounts are created at every start. Unset SEED_DEMO on a server with real people.',
    objectModel: 'The recommended object detector is missing, so objects are found more slowly and less often. Get it with: npm run models',
    workers: 'Some worker threads are not running. New ones are started automatically; if this stays, see the log.',
    database: 'The database responds late or not at all. Events are kept in memory and stored later.',
    redis: 'Redis is not reachable. Gateways do not know of each other’s sessions until it is back.',
    draining: 'This gateway is about to be restarted and admits no new sessions.',
    full: 'The workers are busy, so new sessions are not admitted. Running sessions are not affected.'
  },
  presets: {
    low: 'Low stakes',
    lowText: 'For practice. Reports are stored; nothing stops the candidate.',
    normal: 'Normal',
    normalText: 'For a course exam. Candidates are warned, and a proctor is called at a high risk.',
    highStake: 'High stakes',
    highStakeText:
      'For a final exam. No questions without being seen, no breaks of one’s own, and a face that staff have confirmed. Nothing ends the exam automatically.'
  }
} as const
