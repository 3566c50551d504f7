/**
 * English texts. `events` says what was seen, `errors` what was wrong and what to do about it, `validation` what is
 * wrong with one field. `{{name}}` is filled in.
 */
export const en = {
  events: {
    face_missing: 'Face not detected',
    multiple_faces: 'Multiple faces detected',
    extra_person: 'Background person detected',
    looking_away: 'Looking away',
    eye_movement: 'Eye movement detected',
    eyes_closed: 'Eyes closed',
    mouth_movement: 'Mouth movement detected',
    hand_detected: 'Hand detected',
    phone: 'Phone detected',
    forbidden_object: 'Forbidden object detected',
    identity_mismatch: 'Face does not match the enrolled candidate',
    identity_unsure: 'Face could not be matched with the enrolled candidate for a minute',
    spoof_suspected: 'The face may be a picture or a replay',
    voice: 'Voice detected',
    background_voice: 'Background voice detected',
    multiple_voices: 'Multiple voices detected',
    loud_noise: 'Loud noise',
    tab_switch: 'Switched to another tab',
    window_blur: 'Exam window lost the focus',
    fullscreen_exit: 'Left full screen',
    copy: 'Copied text',
    paste: 'Pasted text',
    print: 'Tried to print',
    context_menu: 'Opened the context menu',
    second_screen: 'Second screen connected',
    devtools: 'Developer tools opened',
    camera_blocked: 'Camera covered',
    camera_upside_down: 'Camera upside down',
    too_dark: 'Picture too dark',
    too_blurry: 'Picture too blurry',
    frame_frozen: 'Picture frozen',
    no_frames: 'No picture received',
    invalid_image: 'Invalid picture received',
    camera_off: 'Camera switched off',
    microphone_off: 'Microphone switched off',
    connection_lost: 'Connection lost',
    calibration: 'Gaze calibration at the corners of the screen',
    suspicious_activity: 'Suspicious activity reported',
    watch_gap: 'Candidate not seen',
    never_watched: 'Candidate not seen since the start',
    paused: 'Session paused',
    identity_none: 'No enrolled face to compare with: nobody was compared',
    identity_changed: 'Enrolled face changed shortly before the start'
  },
  phases: {
    end: '{{event}}: over'
  },
  reports: {
    own: 'Reported: {{name}}'
  },
  notices: {
    from: 'Invigil',
    risk: 'Some of what was seen does not go with the rules of this exam. Please keep to them; a person will look at it.'
  },
  /** What an exam misses of an enrolled face. */
  identity: {
    none: 'This exam compares you with your enrolled face, and none is enrolled that can be used. Enroll your face in your account. If the exam also asks for time in between or for a confirmation by staff, ask the staff of the exam.',
    tooNew:
      'Your face was enrolled or replaced too short a time ago for this exam. You can start in {{hours}} h {{minutes}} min. If the exam is over by then, ask the staff of the exam.',
    unconfirmed:
      'Staff have not confirmed yet that the enrolled face is yours, and this exam asks for it. Ask the staff of the exam to confirm it, then start.'
  },
  errors: {
    INVIGIL_ERR_VALIDATION:
      'Some of what you sent is not usable. Correct the fields named in details and send it again.',
    INVIGIL_ERR_BODY: 'The body cannot be read. Send what its Content-Type says, such as valid JSON.',
    INVIGIL_ERR_NOT_FOUND: 'There is nothing at this address. See /docs for what there is.',
    INVIGIL_ERR_METHOD: 'This address does not take that method. The Allow header names the ones that it takes.',
    INVIGIL_ERR_UPGRADE_REQUIRED:
      'This address is a WebSocket. Open it as one; a proxy in between must pass on the Upgrade and Connection headers.',
    INVIGIL_ERR_TOO_MANY_AT_ONCE:
      'Too many requests at once. Wait for some of the answers, and try again in {{seconds}} s.',
    INVIGIL_ERR_TOO_LARGE: 'That is too large. Send less at a time.',
    INVIGIL_ERR_MEDIA_TYPE: 'This Content-Type is not taken here. See /docs for the ones that are.',
    INVIGIL_ERR_TOO_MANY_REQUESTS: 'Too many requests. Wait {{seconds}} s and try again.',
    INVIGIL_ERR_LOGIN_ATTEMPTS: 'Too many failed logins. Wait {{seconds}} s and try again.',
    INVIGIL_ERR_PASSWORD_SHORT:
      'The password is too short. Use at least {{min}} characters; blanks at its ends and invisible signs do not count.',
    INVIGIL_ERR_PASSWORD_LONG: 'The password is too long. Use at most {{max}} characters.',
    INVIGIL_ERR_PASSWORD_CHARACTERS:
      'The password holds control characters or broken signs. Use letters, digits, blanks and punctuation of any language.',
    INVIGIL_ERR_PASSWORD_COMMON:
      'This password is one of the most common ones and would be guessed at once. Choose another, such as several words that belong together only for you.',
    INVIGIL_ERR_PASSWORD_PERSONAL:
      'The password is your own name or e-mail address. Choose one that does not follow from what others know of you.',
    INVIGIL_ERR_PASSWORD_WRONG: 'The current password is not right. Type it again.',
    INVIGIL_ERR_SIGNUP_OFF: 'Accounts are made by administrators here. Ask yours for one.',
    INVIGIL_ERR_INVITATION_MISSING:
      'An account is made by invitation here. Open the link that you were given, or ask your teacher for one.',
    INVIGIL_ERR_INVITATION_INVALID:
      'This invitation cannot be used: it has expired, was used or withdrawn, or is for another e-mail address. Ask for a new one.',
    INVIGIL_ERR_INVITATION_UNKNOWN: 'There is no such invitation.',
    INVIGIL_ERR_INVITATIONS_FULL: 'You have {{max}} invitations that can still be used. Withdraw some first.',
    INVIGIL_ERR_LOGIN_OVERTAKEN: 'The account was changed while you were logging in. Log in again.',
    INVIGIL_ERR_INTERNAL:
      'Something went wrong on our side. Try again; if it stays, tell your administrator the time it happened.',
    INVIGIL_ERR_UNAVAILABLE: 'The server cannot do this right now. Try again in a moment.',
    INVIGIL_ERR_TOKEN_MISSING: 'You are not logged in. Log in and send the access token as "Authorization: Bearer".',
    INVIGIL_ERR_TOKEN_INVALID: 'The access token is not valid. Log in again.',
    INVIGIL_ERR_TOKEN_EXPIRED: 'The access token has expired. Get a new one with the refresh token, or log in again.',
    INVIGIL_ERR_TOKEN_REVOKED: 'This login has been ended. Log in again.',
    INVIGIL_ERR_REFRESH_INVALID: 'The refresh token is not valid any more. Log in again.',
    INVIGIL_ERR_REFRESH_REUSED:
      'This refresh token was used before, so this login has been ended for safety. Log in again.',
    INVIGIL_ERR_LOGIN_FAILED: 'E-mail address or password is wrong.',
    INVIGIL_ERR_FORBIDDEN: 'Your role may not do this.',
    INVIGIL_ERR_NOT_YOURS: 'This belongs to somebody else.',
    INVIGIL_ERR_EMAIL_TAKEN: 'There is an account with this e-mail address. Log in, or use another address.',
    INVIGIL_ERR_USER_UNKNOWN: 'There is no such user.',
    INVIGIL_ERR_FACE_MISSING: 'No face is visible in the picture. Face the camera in good light and take another one.',
    INVIGIL_ERR_FACE_MULTIPLE: 'There are several faces in the picture. Take one that shows only you.',
    INVIGIL_ERR_FACE_CUT_OFF: 'Your face is cut off at the edge of the picture. Move to the middle.',
    INVIGIL_ERR_FACE_TOO_SMALL: 'Your face is too small in the picture. Come closer to the camera.',
    INVIGIL_ERR_FACE_NOT_FRONTAL: 'Look straight into the camera, with your head upright.',
    INVIGIL_ERR_FACE_TOO_DARK: 'Your face is too dark. Turn on a light in front of you.',
    INVIGIL_ERR_FACE_TOO_BRIGHT: 'Your face is too bright. Turn away from the window or dim the light.',
    INVIGIL_ERR_FACE_UNEVEN_LIGHT: 'One side of your face is much darker than the other. Turn towards the light.',
    INVIGIL_ERR_FACE_BLURRED: 'The picture is blurred. Hold still, and clean the lens if needed.',
    INVIGIL_ERR_FACE_EYES_CLOSED: 'Your eyes are closed. Open them for the picture.',
    INVIGIL_ERR_FACE_DIFFERENT: 'The pictures do not show the same person. Take them anew.',
    INVIGIL_ERR_FACE_IN_USE:
      'Your face cannot be changed while a session of yours is open: it is compared with it. End the exam first.',
    INVIGIL_ERR_FACE_NONE: 'No face is enrolled. The person enrolls one first.',
    INVIGIL_ERR_FACE_NOT_LIVE:
      'No steady pictures of this session come now. Confirm the face once you have seen the person for some seconds.',
    INVIGIL_ERR_FACE_CHALLENGE_GONE: 'This challenge is too old or has been used. Ask for a new one.',
    INVIGIL_ERR_FACE_CHALLENGE_FAILED:
      'The movements were not seen as they were asked for. Face the camera, do them one after another, and look straight ahead after each. See details.',
    INVIGIL_ERR_FACE_LOGIN_FAILED:
      'The login by face did not succeed. Try again in better light, or log in with your password.',
    INVIGIL_ERR_SESSION_NONE: 'There is no open session. Start the exam first.',
    INVIGIL_ERR_SESSION_UNKNOWN: 'There is no such session.',
    INVIGIL_ERR_SESSION_NOT_ACTIVE: 'The session is not running. It can only be paused while it runs.',
    INVIGIL_ERR_SESSION_NOT_PAUSED: 'The session is not paused. It can only be resumed while it is paused.',
    INVIGIL_ERR_EXAM_UNKNOWN: 'There is no such exam.',
    INVIGIL_ERR_EXAM_STATE: 'This cannot be done with the exam in its present state. See details.',
    INVIGIL_ERR_EXAM_EMPTY: 'The exam has no questions. Add some before you publish it.',
    INVIGIL_ERR_EXAM_USED:
      'Somebody has already begun this exam, so this can no longer be changed. Correct the key of a question with a reason, archive the exam, or import a copy.',
    INVIGIL_ERR_CORRECTION_SAME: 'The question is graded like this already. Send what is to change.',
    INVIGIL_ERR_EXAM_CLOSED: 'The exam cannot be begun now. See details for when it can.',
    INVIGIL_ERR_EXAM_OTHER_OPEN: 'Another exam of yours is still open. Submit it first.',
    INVIGIL_ERR_ATTEMPTS_EXHAUSTED: 'You have used all your attempts at this exam.',
    INVIGIL_ERR_ATTEMPT_UNKNOWN: 'There is no such attempt.',
    INVIGIL_ERR_ATTEMPT_SUBMITTED: 'This attempt has been submitted: nothing more is taken.',
    INVIGIL_ERR_ATTEMPT_OPEN:
      'This attempt is still open. Its candidate hands it in with a request of its own; staff end it by terminating the session.',
    INVIGIL_ERR_ATTEMPT_UNWATCHED:
      'No session is running for this attempt. Start the exam again to go on; your answers are kept.',
    INVIGIL_ERR_PREFLIGHT_MISSING: 'This exam wants your camera checked first. Do the check, then start.',
    INVIGIL_ERR_IDENTITY_NEEDED:
      'This exam compares you with your enrolled face, and that face is missing, too new or not confirmed by staff. See details.',
    INVIGIL_ERR_QUESTION_UNKNOWN: 'There is no such question in this exam.',
    INVIGIL_ERR_QUESTIONS_MISMATCH: 'The list must name every question of the exam once. Read the questions again.',
    INVIGIL_ERR_ANSWER_INVALID: 'The answer does not fit the question. See details for what is expected.',
    INVIGIL_ERR_NUMBER_AMBIGUOUS: 'This can mean two numbers, so it is not stored. Write {{one}} or {{two}}.',
    INVIGIL_ERR_ANSWER_STALE: 'A later change of this answer is already stored.',
    INVIGIL_ERR_ANSWER_CONFLICT:
      'Another window or device has saved a different answer at the same time. The stored answer is in details; change it and save again.',
    INVIGIL_ERR_POINTS_INVALID: 'That is more than the question is worth: at most {{pointsMax}} points.',
    INVIGIL_ERR_BREAK_REFUSED: 'You cannot take a break now.',
    INVIGIL_ERR_NOT_SEEN:
      'The camera has not seen you for {{seconds}} s. Turn the camera on and sit in front of it; then go on. Your answers are kept and the clock goes on.',
    INVIGIL_ERR_TERMINATED:
      'Your last attempt at this exam was terminated. Ask your teacher, who can allow another one.',
    INVIGIL_ERR_NOT_TERMINATED: 'This attempt was not terminated, so there is nothing to allow.',
    INVIGIL_ERR_TIME_OVER: 'The time of this attempt is over. Give its candidate more time first.',
    INVIGIL_ERR_CANDIDATE_BUSY: 'Another attempt of this candidate is open. It must be handed in first.',
    INVIGIL_ERR_RESULT_RELEASED: 'The results of this exam have been released. Take the release back first.',
    INVIGIL_ERR_RESULT_UNRELEASED: 'The result has not been released yet. Look again later.',
    INVIGIL_ERR_SESSION_ENDED: 'This session has already ended.',
    INVIGIL_ERR_SELF: 'You cannot do this to your own account. Ask another administrator.',
    INVIGIL_ERR_QUOTA:
      'This is more than one account may store: {{max}} at most. Remove some first, or ask your administrator.',
    INVIGIL_ERR_CONFLICT: 'Somebody else changed this at the same time. Look at it again and repeat if needed.',
    INVIGIL_ERR_BUSY: 'The exam server is full at this moment. Try again in {{seconds}} seconds.',
    INVIGIL_ERR_DRAINING: 'This exam server is about to be restarted. Try again in {{seconds}} seconds.',
    INVIGIL_ERR_DATABASE: 'The database does not answer. Try again in a moment.',
    INVIGIL_ERR_OUTCOME_UNKNOWN:
      'The database did not answer in time: this may have been done or not. Look first, then try again.',
    INVIGIL_ERR_IMAGE_EMPTY: 'No frame was received. Send a JPEG, PNG, WebP or GIF picture.',
    INVIGIL_ERR_IMAGE_INVALID: 'This is not a readable picture. Send a JPEG, PNG, WebP or GIF picture.',
    INVIGIL_ERR_IMAGE_TOO_LARGE: 'The picture is too large. Send one with fewer pixels or bytes.',
    INVIGIL_ERR_MEDIA_UNSUPPORTED: 'This kind of file is not supported.',
    INVIGIL_ERR_MEDIA_INVALID: 'This recording cannot be read.',
    INVIGIL_ERR_MEDIA_TOO_LONG: 'This recording is too long.',
    INVIGIL_ERR_MODEL_UNSUPPORTED: 'A model on the server cannot be used. Tell your administrator.',
    INVIGIL_ERR_MODEL_MISSING: 'A model is missing on the server. Tell your administrator.',
    INVIGIL_ERR_MODEL_CORRUPT: 'A model on the server is damaged. Tell your administrator.',
    INVIGIL_ERR_WORKER_LOST: 'The picture could not be looked at. Send it again.',
    INVIGIL_ERR_ACCOUNT_DISABLED: 'This account has been disabled. Ask your administrator.',
    INVIGIL_ERR_SOURCE_SUSPENDED:
      'Earlier pictures of yours held up the server. Wait a while, then send ordinary pictures.',
    INVIGIL_ERR_OVERLOADED: 'The server is too busy to look at this picture. Send it again in a moment.',
    INVIGIL_ERR_MESSAGE_TOO_LARGE: 'The message is too large. Send smaller ones.',
    INVIGIL_ERR_SLOW_READER: 'Messages are not being read, so the connection closes. Connect again and resume.',
    INVIGIL_ERR_FRAME_BASE64: 'The text is neither a JSON message nor base64 nor a data URL.',
    INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED: 'The frame header has an unknown version or flag.',
    INVIGIL_ERR_VIDEO_INVALID: 'The video cannot be read. Send VP8, beginning with a key frame.',
    INVIGIL_ERR_FRAME_KIND_UNSUPPORTED: 'This kind of frame is not taken. Send pictures.',
    INVIGIL_ERR_FRAME_FAILED: 'The frame could not be looked at. Go on with the next one.',
    INVIGIL_ERR_EVENT_UNKNOWN: 'The page may not report this event.',
    INVIGIL_ERR_EVENTS_FULL: 'The session takes no more events of your own kinds, or no more such kinds.',
    INVIGIL_ERR_CURSOR_INVALID: 'The cursor is not an event id. Use the id of an event you received.',
    INVIGIL_ERR_SESSION_PAUSED: 'The session is paused: frames and events are not taken until it goes on.',
    INVIGIL_ERR_MESSAGE_INVALID: 'This message is not understood. See docs/protocol.md for the ones that are.',
    INVIGIL_ERR_FRAME_TOO_LARGE: 'The frame is too large. Send smaller pictures.',
    INVIGIL_ERR_TOO_FAST: 'Too many messages at once. Send more slowly.',
    INVIGIL_ERR_SILENT: 'Nothing was heard for too long.',
    INVIGIL_ERR_REPLACED: 'A newer connection of yours has taken over.'
  },
  /** What an exam asks of its candidates, read before the start. */
  conditions: {
    none: 'You need not be seen by the camera.',
    wanted: 'You should be seen by the camera all the time. The record shows when you were not.',
    required:
      'You must be seen by the camera. After {{time}} unseen, questions are hidden until you are seen again. The clock goes on.',
    seenPercent:
      'If you are seen for less than {{percent}} percent of the time, the record says that not enough was seen.',
    noBreaks: 'You cannot take breaks on your own. Ask a proctor if you must leave.',
    oneBreak: 'You may take one break of up to {{time}}. The clock goes on meanwhile.',
    breaks: 'You may take {{max}} breaks of up to {{time}} each. The clock goes on meanwhile.',
    apart: 'At least {{time}} must lie between two breaks.',
    identityOff: 'Your face is not compared with an enrolled one.',
    identityNoted:
      'Your face is compared with the one that you have enrolled. If none is enrolled, you can start all the same, and the record says so.',
    identityRequired:
      'Your face is compared with the one that you have enrolled. Without an enrolled face you cannot start.',
    enrolledBefore: 'Your face must have been enrolled at least {{time}} before the start.',
    confirmed: 'Staff must have confirmed that the enrolled face is yours.',
    warn: 'If what is seen does not go with the rules, you get a warning.',
    ask: 'If what is seen does not go with the rules, a proctor is called.',
    terminate: 'If much of what is seen does not go with the rules, the exam ends by itself and is handed in.'
  },
  durations: {
    second: '1 second',
    seconds: '{{n}} seconds',
    minute: '1 minute',
    minutes: '{{n}} minutes',
    hour: '1 hour',
    hours: '{{n}} hours'
  },
  breaks: {
    none: 'This exam allows no breaks. Ask a proctor if you must leave.',
    used: 'You have taken all breaks that this exam allows ({{max}}). Ask a proctor if you must leave.',
    tooSoon: 'Your next break is possible in {{minutes}} min.'
  },
  validation: {
    required: 'is missing',
    unknown: 'is not known here',
    type: 'must be of type {{type}}',
    format: 'must look like: {{format}}',
    pattern: 'has not the right form',
    text: 'holds a sign that no text has: U+0000, or half of a surrogate pair',
    enum: 'must be one of: {{values}}',
    minLength: 'must have at least {{limit}} characters',
    maxLength: 'must have at most {{limit}} characters',
    minimum: 'must be at least {{limit}}',
    maximum: 'must be at most {{limit}}',
    numberLetters: 'must be a number in digits, such as -1234.56 or 1.6e-19, without units or words',
    numberSuperscript: 'holds a superscript, which is not read; write the number in full or as 1.6e-19',
    numberPower: 'holds a power, which is not calculated; write the number in full or as 1.6e-19',
    numberFraction: 'holds a fraction or a division, which is not calculated; write the number with decimals',
    numberPercent: 'holds a percent sign, which is not read; write the number without it',
    numberGrouping: 'has separators where no number has them; write the digits without separators',
    numberAmbiguous: 'can mean two numbers; write {{one}} or {{two}}',
    numberDigits: 'has too many digits',
    numberSize: 'is too large or too close to zero',
    numberInexact: 'has more digits than a JSON number carries; send it as text',
    seen: 'may change only what the question is graded by: candidates have seen the rest',
    other: 'is not usable'
  }
} as const

/** The same keys with any texts: what every language must have. */
export type Texts = { readonly [Group in keyof typeof en]: { readonly [Key in keyof typeof en[Group]]: string } }
