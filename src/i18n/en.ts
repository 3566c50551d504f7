import { impactEn } from './impact-en.ts'
import { importsEn } from './imports-en.ts'
import { noticeEn } from './notice-en.ts'
import { reportsEn } from './reports-en.ts'
import { rulesEn } from './rules-en.ts'

/**
 * English texts. `events`: names of events; `errors`: what is wrong and what to do; `validation`: what is wrong with a
 * field. `{{name}}` is replaced by a value.
 */
export const en = {
  ...noticeEn,
  ...rulesEn,
  ...importsEn,
  ...impactEn,
  ...reportsEn,
  events: {
    face_missing: 'Face not detected',
    multiple_faces: 'Multiple faces detected',
    extra_person: 'Background person detected',
    looking_away: 'Looking away',
    eye_movement: 'Eye movement detected',
    eyes_closed: 'Eyes closed',
    mouth_movement: 'Mouth movement detected',
    speaking: 'Mouth movement together with a voice',
    hand_detected: 'Hand detected',
    phone: 'Phone detected',
    forbidden_object: 'Forbidden object detected',
    identity_mismatch: 'Face does not match the enrolled candidate',
    identity_unsure: 'Face could not be matched with the enrolled candidate for a minute',
    liveness_unsure: 'The face did not look live to the anti-spoof models',
    spoof_suspected: 'The face may be a picture or a replay',
    voice: 'Voice detected',
    background_voice: 'Background voice detected',
    multiple_voices: 'Multiple voices detected',
    loud_noise: 'Loud noise',
    tab_switch: 'Switched to another tab',
    window_blur: 'Exam window lost focus',
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
    screen_share_stopped: 'Screen not shared',
    connection_lost: 'Connection lost',
    calibration: 'Gaze calibration at the corners of the screen',
    suspicious_activity: 'Suspicious activity reported',
    recording_failed: 'Not kept: the server could not store a recording or evidence',
    watch_gap: 'Candidate not seen',
    never_watched: 'Candidate not seen since the start',
    paused: 'Session paused',
    identity_none: 'No enrolled face to compare with, so the face was not compared',
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
    risk: 'Something in your session does not follow the rules of this exam. Please follow them; a person will review the session.'
  },
  /** What an exam misses of an enrolled face. */
  identity: {
    none: 'This exam compares you with your enrolled face, but you have no enrolled face that can be used. Enroll your face in your account. If this exam also requires a waiting time or a confirmation by staff, contact the exam staff.',
    tooNew:
      'Your face was enrolled or replaced too recently for this exam. You can start in {{hours}} h {{minutes}} min. If the exam is over by then, contact the exam staff.',
    unconfirmed:
      'This exam requires staff to confirm that the enrolled face is yours, and they have not done so yet. Ask the exam staff to confirm it, then start.'
  },
  errors: {
    INVIGIL_ERR_VALIDATION:
      'Some fields are not valid. Correct the fields listed in details and send the request again.',
    INVIGIL_ERR_BODY: 'The request body could not be read. Make sure that it matches its Content-Type, for example valid JSON.',
    INVIGIL_ERR_ENCODING:
      'The file is not in UTF-8, at least on line {{line}}. Save it as UTF-8 and send it again.',
    INVIGIL_ERR_NOT_FOUND: 'There is nothing at this address. See /docs for the available addresses.',
    INVIGIL_ERR_METHOD: 'This address does not support this method. The Allow header lists the methods that it supports.',
    INVIGIL_ERR_UPGRADE_REQUIRED:
      'This address is a WebSocket endpoint. Connect with a WebSocket; a proxy in between must forward the Upgrade and Connection headers.',
    INVIGIL_ERR_TOO_MANY_AT_ONCE:
      'Too many requests at once. Wait for some of the responses, then try again in {{seconds}} s.',
    INVIGIL_ERR_TOO_LARGE: 'The request is too large. Send less at a time.',
    INVIGIL_ERR_MEDIA_TYPE: 'This Content-Type is not supported here. See /docs for the supported types.',
    INVIGIL_ERR_TOO_MANY_REQUESTS: 'Too many requests. Wait {{seconds}} s and try again.',
    INVIGIL_ERR_LOGIN_ATTEMPTS: 'Too many failed logins. Wait {{seconds}} s and try again.',
    INVIGIL_ERR_PASSWORD_SHORT:
      'The password is too short. Use at least {{min}} characters; spaces at either end and invisible characters do not count.',
    INVIGIL_ERR_PASSWORD_LONG: 'The password is too long. Use at most {{max}} characters.',
    INVIGIL_ERR_PASSWORD_CHARACTERS:
      'The password contains control characters or broken characters. Use letters, digits, spaces and punctuation of any language.',
    INVIGIL_ERR_PASSWORD_COMMON:
      'This password is one of the most common ones and easy to guess. Choose another one, such as several words that only you would put together.',
    INVIGIL_ERR_PASSWORD_PERSONAL:
      'The password is your own name or email address. Choose one that others cannot guess from what they know about you.',
    INVIGIL_ERR_PASSWORD_WRONG: 'The current password is wrong. Type it again.',
    INVIGIL_ERR_SIGNUP_OFF: 'Only administrators create accounts here. Ask your administrator for one.',
    INVIGIL_ERR_INVITATION_MISSING:
      'You need an invitation to create an account here. Open your invitation link, or ask your teacher for one.',
    INVIGIL_ERR_INVITATION_INVALID:
      'This invitation cannot be used: it has expired, was already used, was withdrawn, or is for another email address. Ask for a new one.',
    INVIGIL_ERR_INVITATION_UNKNOWN: 'The invitation was not found.',
    INVIGIL_ERR_WEBHOOK_UNKNOWN: 'The webhook endpoint was not found.',
    INVIGIL_ERR_WEBHOOK_ADDRESS: 'Webhooks cannot be sent to this address. Use an https address of a machine in the public internet.',
    INVIGIL_ERR_WEBHOOKS_FULL: 'There are {{max}} webhook endpoints, which is the limit. Remove one first.',
    INVIGIL_ERR_DELIVERY_UNKNOWN: 'The delivery was not found.',
    INVIGIL_ERR_INVITATIONS_FULL: 'You have {{max}} open invitations, which is the limit. Withdraw some first.',
    INVIGIL_ERR_LOGIN_OVERTAKEN: 'The account was changed while you were logging in. Log in again.',
    INVIGIL_ERR_LOGIN_UNKNOWN: 'This login was not found, or it has already ended.',
    INVIGIL_ERR_PASSWORD_LINK:
      'This link cannot be used: it has expired, was already used, or the account was changed since. Ask your administrator for a new one.',
    INVIGIL_ERR_INTERNAL:
      'Something went wrong on our side. Try again; if it keeps failing, tell your administrator when it happened.',
    INVIGIL_ERR_UNAVAILABLE: 'The server cannot do this right now. Try again in a moment.',
    INVIGIL_ERR_TOKEN_MISSING: 'You are not logged in. Log in and send the access token as "Authorization: Bearer".',
    INVIGIL_ERR_TOKEN_INVALID: 'The access token is not valid. Log in again.',
    INVIGIL_ERR_TOKEN_EXPIRED: 'The access token has expired. Get a new one with the refresh token, or log in again.',
    INVIGIL_ERR_TOKEN_REVOKED: 'This login has been ended. Log in again.',
    INVIGIL_ERR_REFRESH_INVALID: 'The refresh token is no longer valid. Log in again.',
    INVIGIL_ERR_REFRESH_REUSED:
      'This refresh token was already used, so this login has been ended for safety. Log in again.',
    INVIGIL_ERR_CROSS_SITE:
      'The login cookie is accepted only from pages of this server. Send the header "X-Invigil-Session: cookie" from such a page, or send the refresh token in the body.',
    INVIGIL_ERR_LOGIN_FAILED: 'The email address or the password is wrong.',
    INVIGIL_ERR_FORBIDDEN: 'Your role does not allow this.',
    INVIGIL_ERR_NOT_YOURS: 'This belongs to another account.',
    INVIGIL_ERR_EMAIL_TAKEN: 'An account with this email address already exists. Log in, or use another address.',
    INVIGIL_ERR_USER_UNKNOWN: 'The user was not found.',
    INVIGIL_ERR_FACE_MISSING: 'No face is visible in the picture. Face the camera in good light and take another one.',
    INVIGIL_ERR_FACE_MULTIPLE: 'There are several faces in the picture. Take one that shows only you.',
    INVIGIL_ERR_FACE_CUT_OFF: 'Your face is cut off at the edge of the picture. Move to the middle.',
    INVIGIL_ERR_FACE_TOO_SMALL: 'Your face is too small in the picture. Come closer to the camera.',
    INVIGIL_ERR_FACE_NOT_FRONTAL: 'Look straight into the camera, with your head upright.',
    INVIGIL_ERR_FACE_TOO_DARK: 'Your face is too dark. Turn on a light in front of you.',
    INVIGIL_ERR_FACE_TOO_BRIGHT: 'Your face is too bright. Turn away from the window or dim the light.',
    INVIGIL_ERR_FACE_UNEVEN_LIGHT: 'One side of your face is much darker than the other. Turn toward the light.',
    INVIGIL_ERR_FACE_BLURRED: 'The picture is blurred. Hold still, and clean the lens if needed.',
    INVIGIL_ERR_FACE_EYES_CLOSED: 'Your eyes are closed. Open them for the picture.',
    INVIGIL_ERR_FACE_DIFFERENT: 'The pictures do not show the same person. Take them again.',
    INVIGIL_ERR_FACE_IN_USE:
      'Your enrolled face cannot be changed while your session is open, because the session compares you with it. End the exam first.',
    INVIGIL_ERR_FACE_NONE: 'No face is enrolled. The person must enroll one first.',
    INVIGIL_ERR_FACE_NOT_LIVE:
      'This session is not sending steady pictures right now. Confirm the face after you have seen the person for some seconds.',
    INVIGIL_ERR_FACE_CHALLENGE_GONE: 'This challenge has expired or was already used. Request a new one.',
    INVIGIL_ERR_FACE_CHALLENGE_FAILED:
      'The movements were not recognized. Face the camera, do them one after another, and look straight ahead after each. See details.',
    INVIGIL_ERR_FACE_LOGIN_FAILED:
      'The login by face failed. Try again in better light, or log in with your password.',
    INVIGIL_ERR_SESSION_NONE: 'There is no open session. Start the exam first.',
    INVIGIL_ERR_SESSION_UNKNOWN: 'The session was not found.',
    INVIGIL_ERR_SESSION_NOT_ACTIVE: 'The session is not running. It can only be paused while it runs.',
    INVIGIL_ERR_SESSION_NOT_PAUSED: 'The session is not paused. It can only be resumed while it is paused.',
    INVIGIL_ERR_EXAM_UNKNOWN: 'The exam was not found.',
    INVIGIL_ERR_EXAM_STATE: 'The exam is in a state that does not allow this. See details.',
    INVIGIL_ERR_EXAM_EMPTY: 'The exam has no questions. Add some before you publish it.',
    INVIGIL_ERR_EXAM_USED:
      'A candidate has already started this exam, so this can no longer be changed. Correct the answer key of a question and give a reason, archive the exam, or import a copy.',
    INVIGIL_ERR_CORRECTION_SAME: 'The question is already graded this way. Send the values that should change.',
    INVIGIL_ERR_EXAM_CLOSED: 'The exam cannot be started now. See details for when it can be.',
    INVIGIL_ERR_EXAM_OTHER_OPEN: 'You have another exam that is still open. Submit it first.',
    INVIGIL_ERR_ATTEMPTS_EXHAUSTED: 'You have used all of your attempts at this exam.',
    INVIGIL_ERR_ATTEMPT_UNKNOWN: 'The attempt was not found.',
    INVIGIL_ERR_ATTEMPT_SUBMITTED: 'This attempt has been submitted and can no longer be changed.',
    INVIGIL_ERR_ATTEMPT_OPEN:
      'This attempt is still open. The candidate hands it in with a separate request; staff end it by terminating the session.',
    INVIGIL_ERR_ATTEMPT_UNWATCHED:
      'No session is running for this attempt. Start the exam again to continue; your answers are saved.',
    INVIGIL_ERR_PREFLIGHT_MISSING: 'This exam requires a camera check first. Do the check, then start.',
    INVIGIL_ERR_IDENTITY_NEEDED:
      'This exam compares you with your enrolled face, but that face is missing, too new, or not confirmed by staff. See details.',
    INVIGIL_ERR_QUESTION_UNKNOWN: 'The question was not found in this exam.',
    INVIGIL_ERR_QUESTIONS_MISMATCH: 'The list must contain every question of the exam exactly once. Load the questions again.',
    INVIGIL_ERR_IMPORT_PROBLEMS:
      'Nothing was imported, because {{count}} places in the file were not understood. Correct them, or import only the questions that were understood. See details.',
    INVIGIL_ERR_ANSWER_INVALID: 'The answer does not fit the question. See details for what is expected.',
    INVIGIL_ERR_NUMBER_AMBIGUOUS: 'This can be read as two different numbers, so it was not saved. Write {{one}} or {{two}}.',
    INVIGIL_ERR_ANSWER_STALE: 'A newer change to this answer is already saved.',
    INVIGIL_ERR_ANSWER_CONFLICT:
      'Another window or device saved a different answer at the same time. The saved answer is in details; change it and save again.',
    INVIGIL_ERR_POINTS_INVALID: 'That is more than the question is worth. Give at most {{pointsMax}} points.',
    INVIGIL_ERR_BREAK_REFUSED: 'You cannot take a break now.',
    INVIGIL_ERR_BREAK_NONE: 'No break is being asked for. The request was already answered or withdrawn.',
    INVIGIL_ERR_NOT_SEEN:
      'The camera has not seen you for {{seconds}} s. Turn the camera on and sit in front of it, then continue. Your answers are saved, and the clock keeps running.',
    INVIGIL_ERR_TERMINATED:
      'Your last attempt at this exam was terminated. Ask your teacher to allow another attempt.',
    INVIGIL_ERR_NOT_TERMINATED: 'This attempt was not terminated, so there is nothing to allow.',
    INVIGIL_ERR_TIME_OVER: 'The time for this attempt is over. Give the candidate more time first.',
    INVIGIL_ERR_CANDIDATE_BUSY: 'This candidate has another open attempt. It must be handed in first.',
    INVIGIL_ERR_RESULT_RELEASED: 'The results of this exam have already been released. Withdraw the release first.',
    INVIGIL_ERR_RESULT_UNRELEASED: 'The result has not been released yet. Check again later.',
    INVIGIL_ERR_SESSION_ENDED: 'This session has already ended.',
    INVIGIL_ERR_INCIDENT_UNKNOWN: 'This session has no stored incident that begins with this event.',
    INVIGIL_ERR_REVIEW_TAKEN: 'Another reviewer works on this session now. Try again in some minutes.',
    INVIGIL_ERR_REVIEW_UNCLAIMED: 'Take this review first: your ten minutes are over, or another reviewer has it.',
    INVIGIL_ERR_REVIEW_DECIDED: 'This session is decided already.',
    INVIGIL_ERR_REVIEW_STATE: 'The incident is in another state: open it, or put it back under review first.',
    INVIGIL_ERR_REVIEW_UNOPENED: 'Look at the evidence of this incident before you confirm it.',
    INVIGIL_ERR_REVIEW_SECOND: 'You were the first reviewer: another person gives the second opinion.',
    INVIGIL_ERR_REVIEW_ADMIN: 'Two reviewers disagree: an administrator decides.',
    INVIGIL_ERR_REVIEW_UNCONFIRMED: 'A concern needs at least one confirmed incident.',
    INVIGIL_ERR_REVIEW_SAMPLE:
      'Open all {{needed}} incidents of the sample first, with their evidence; you have opened {{opened}}.',
    INVIGIL_ERR_DISMISSAL_UNKNOWN: 'This dismissal does not exist, or another reviewer began it.',
    INVIGIL_ERR_DISMISSAL_CONFIRMED:
      'An incident of the sample was confirmed, so the others cannot be dismissed at once. Review them one by one, or select shorter ones.',
    INVIGIL_ERR_DISMISSAL_EMPTY: 'No incident fits: each is judged, or its session is decided or in the hands of another reviewer.',
    INVIGIL_ERR_REASON_SHORT: 'Give a reason of at least {{min}} characters: the candidate reads it.',
    INVIGIL_ERR_SESSION_RUNS: 'The session has not ended yet.',
    INVIGIL_ERR_REPORT_EARLY: 'Nothing is decided yet. You can get your signed report after the decision.',
    INVIGIL_ERR_REPORT_UNKNOWN: 'There is no such report.',
    INVIGIL_ERR_REPORTS_FULL: 'This session has too many signed reports. Download one of them.',
    INVIGIL_ERR_REPORT_GONE: 'The file of this report was deleted. Issue a new report.',
    INVIGIL_ERR_REPORT_FAILED: 'The report could not be made now. Try again in a moment.',
    INVIGIL_ERR_APPEAL_NONE: 'There is no appeal for this session.',
    INVIGIL_ERR_APPEAL_EXISTS: 'You have appealed already.',
    INVIGIL_ERR_APPEAL_EARLY: 'Nothing is decided yet that you could appeal against.',
    INVIGIL_ERR_APPEAL_LATE: 'The time to appeal is over. Please write to your teacher.',
    INVIGIL_ERR_APPEAL_FIRST_REVIEWER: 'Another person than the first reviewer answers an appeal.',
    INVIGIL_ERR_APPEAL_STATE: 'The appeal is in another state: it is answered first, then closed once.',
    INVIGIL_ERR_COMMENTS_FULL: 'You have written as many comments as one session holds.',
    INVIGIL_ERR_EVIDENCE_UNKNOWN: 'This evidence does not exist, or it was deleted.',
    INVIGIL_ERR_CONSENT_STALE: 'The notice has changed. Read it again, then answer.',
    INVIGIL_ERR_CONSENT_NONE: 'You have given no consent for this exam.',
    INVIGIL_ERR_CONSENT_NEEDED: 'This exam keeps a recording or evidence of incidents, so it starts only after you agree to that. Read the notice and agree, or ask your teacher for another way to take it; that counts as nothing against you.',
    INVIGIL_ERR_MESSAGES_FULL: 'You have sent {{max}} messages in this session, which is the limit. Raise your hand instead.',
    INVIGIL_ERR_MESSAGES_FAST: 'You are sending messages too fast. Wait a moment, then send the message again.',
    INVIGIL_ERR_KEY_USED: 'This Idempotency-Key was already used with another text. Use a new key for a new message.',
    INVIGIL_ERR_SELF: 'You cannot do this to your own account. Ask another administrator.',
    INVIGIL_ERR_LEGAL_HOLD: 'A legal hold keeps this from being deleted. An administrator must release the hold first.',
    INVIGIL_ERR_HOLD_UNKNOWN: 'There is no such legal hold.',
    INVIGIL_ERR_HOLD_RELEASED: 'This legal hold is released already.',
    INVIGIL_ERR_QUOTA:
      'This account has reached its storage limit of {{max}}. Remove some first, or ask your administrator.',
    INVIGIL_ERR_CONFLICT: 'Someone else changed this at the same time. Load it again, and repeat your change if it is still needed.',
    INVIGIL_ERR_BUSY: 'The exam server is full right now. Try again in {{seconds}} seconds.',
    INVIGIL_ERR_DRAINING: 'This exam server is about to be restarted. Try again in {{seconds}} seconds.',
    INVIGIL_ERR_DATABASE: 'The database is not responding. Try again in a moment.',
    INVIGIL_ERR_OUTCOME_UNKNOWN:
      'The database did not respond in time, so this may or may not have been done. Check first, then try again.',
    INVIGIL_ERR_IMAGE_EMPTY: 'No frame was received. Send a JPEG, PNG, WebP or GIF picture.',
    INVIGIL_ERR_IMAGE_INVALID: 'This is not a readable picture. Send a JPEG, PNG, WebP or GIF picture.',
    INVIGIL_ERR_IMAGE_TOO_LARGE: 'The picture is too large. Send one with fewer pixels or bytes.',
    INVIGIL_ERR_MEDIA_UNSUPPORTED: 'This kind of file is not supported.',
    INVIGIL_ERR_MEDIA_INVALID: 'This recording cannot be read.',
    INVIGIL_ERR_MEDIA_TOO_LONG: 'This recording is too long.',
    INVIGIL_ERR_LINK_INVALID: 'This link was changed, or it was not made by this server. Open it again.',
    INVIGIL_ERR_LINK_EXPIRED: 'This link is too old. Open it again to get a new one.',
    INVIGIL_ERR_RANGE: 'The file is shorter than the part that was asked for.',
    INVIGIL_ERR_MEDIA_GONE: 'This recording or evidence was erased.',
    INVIGIL_ERR_MEDIA_DAMAGED: 'The stored file is damaged or was changed, so it is not shown. Tell your administrator.',
    INVIGIL_ERR_STORAGE: 'The store of recordings does not respond. Try again in a moment.',
    INVIGIL_ERR_RECORDING_UNKNOWN: 'There is no such recording.',
    INVIGIL_ERR_RECORDING_UNFINISHED: 'This recording is not finished yet. Try again when the candidate has left.',
    INVIGIL_ERR_RECORDING_FAILED: 'No file could be made of this recording.',
    INVIGIL_ERR_RECORDING_SCREEN: 'This is a recording of a screen. Only recordings of a camera can be analyzed.',
    INVIGIL_ERR_SCREEN_POLICY: 'The screen can be recorded only where everything is recorded: set recording to "full" and watching to "wanted" or "required", or set recordsScreen to false.',
    INVIGIL_ERR_MODEL_UNSUPPORTED: 'A model on the server cannot be used. Tell your administrator.',
    INVIGIL_ERR_MODEL_MISSING: 'A model is missing on the server. Tell your administrator.',
    INVIGIL_ERR_MODEL_CORRUPT: 'A model on the server is damaged. Tell your administrator.',
    INVIGIL_ERR_WORKER_LOST: 'The picture could not be analyzed. Send it again.',
    INVIGIL_ERR_ACCOUNT_DISABLED: 'This account has been disabled. Ask your administrator.',
    INVIGIL_ERR_SOURCE_SUSPENDED:
      'Your earlier pictures blocked the server. Wait a while, then send ordinary pictures.',
    INVIGIL_ERR_OVERLOADED: 'The server is too busy to analyze this picture. Send it again in a moment.',
    INVIGIL_ERR_MESSAGE_TOO_LARGE: 'The message is too large. Send smaller ones.',
    INVIGIL_ERR_SLOW_READER: 'Your client does not read messages fast enough, so the connection closes. Connect again and resume.',
    INVIGIL_ERR_FRAME_BASE64: 'The text is not a JSON message, base64 or a data URL.',
    INVIGIL_ERR_FRAME_VERSION_UNSUPPORTED: 'The frame header has an unknown version or flag.',
    INVIGIL_ERR_VIDEO_INVALID: 'The video cannot be read. Send VP8 that starts with a key frame.',
    INVIGIL_ERR_SCREEN_INVALID: 'The frame of the screen cannot be read. Send VP8 that starts with a key frame.',
    INVIGIL_ERR_SCREEN_UNWANTED: 'The screen is not recorded: the exam does not ask for it, or the candidate has not agreed. Stop sending it.',
    INVIGIL_ERR_FRAME_KIND_UNSUPPORTED: 'This kind of frame is not supported. Send pictures.',
    INVIGIL_ERR_FRAME_FAILED: 'The frame could not be analyzed. Continue with the next one.',
    INVIGIL_ERR_EVENT_UNKNOWN: 'The page may not report this event.',
    INVIGIL_ERR_EVENTS_FULL: 'The session has reached its limit of custom events or of custom event kinds.',
    INVIGIL_ERR_CURSOR_INVALID: 'The cursor is not an event id. Use the id of an event you received.',
    INVIGIL_ERR_SESSION_PAUSED: 'The session is paused. It accepts no frames or events until it is resumed.',
    INVIGIL_ERR_MESSAGE_INVALID: 'This message is not known. See docs/protocol.md for the known messages.',
    INVIGIL_ERR_FRAME_TOO_LARGE: 'The frame is too large. Send smaller pictures.',
    INVIGIL_ERR_TOO_FAST: 'Too many messages at once. Send more slowly.',
    INVIGIL_ERR_SILENT: 'The client sent nothing for too long.',
    INVIGIL_ERR_REPLACED: 'A newer connection of this account has taken over.'
  },
  /** What an exam asks of its candidates, read before the start. */
  conditions: {
    none: 'The camera does not need to see you.',
    wanted: 'The camera should see you all the time. The record shows when it did not.',
    required:
      'The camera must see you. If it does not see you for {{time}}, the questions are hidden until it sees you again. The clock keeps running.',
    seenPercent:
      'If the camera sees you for less than {{percent}} percent of the time, the record says that not enough was seen.',
    noBreaks: 'You cannot take breaks on your own. Ask a proctor if you must leave.',
    oneBreak: 'You may take one break of up to {{time}}. The clock keeps running.',
    breaks: 'You may take {{max}} breaks of up to {{time}} each. The clock keeps running.',
    apart: 'There must be at least {{time}} between two breaks.',
    identityOff: 'Your face is not compared with an enrolled face.',
    identityNoted:
      'Your face is compared with your enrolled face. You can also start without an enrolled face, and the record says so.',
    identityRequired:
      'Your face is compared with your enrolled face. You cannot start without an enrolled face.',
    enrolledBefore: 'Your face must have been enrolled at least {{time}} before the start.',
    confirmed: 'Staff must have confirmed that the enrolled face is yours.',
    warn: 'If your session does not follow the rules, you get a warning.',
    ask: 'If your session does not follow the rules, a proctor is called.',
    terminate: 'If much of your session does not follow the rules, the exam ends automatically and is handed in.'
  },
  durations: {
    second: '1 second',
    seconds: '{{n}} seconds',
    minute: '1 minute',
    minutes: '{{n}} minutes',
    hour: '1 hour',
    hours: '{{n}} hours',
    days: '{{n}} days'
  },
  breaks: {
    none: 'This exam does not allow breaks. Ask a proctor if you must leave.',
    used: 'You have taken all of the breaks that this exam allows ({{max}}). Ask a proctor if you must leave.',
    tooSoon: 'You can take your next break in {{minutes}} min.'
  },
  validation: {
    required: 'is missing',
    unknown: 'is not a known field',
    type: 'must be of type {{type}}',
    format: 'must look like: {{format}}',
    pattern: 'does not have the required format',
    text: 'contains a character that text cannot have: U+0000 or half of a surrogate pair',
    enum: 'must be one of: {{values}}',
    minLength: 'must have at least {{limit}} characters',
    maxLength: 'must have at most {{limit}} characters',
    minimum: 'must be at least {{limit}}',
    maximum: 'must be at most {{limit}}',
    numberLetters: 'must be a number written in digits, such as -1234.56 or 1.6e-19, without units or words',
    numberSuperscript: 'contains a superscript, which is not supported; write the number in full or as 1.6e-19',
    numberPower: 'contains a power, which is not calculated; write the number in full or as 1.6e-19',
    numberFraction: 'contains a fraction or a division, which is not calculated; write the number with decimals',
    numberPercent: 'contains a percent sign, which is not supported; write the number without it',
    numberGrouping: 'has separators in the wrong places; write the digits without separators',
    numberAmbiguous: 'can be read as two different numbers; write {{one}} or {{two}}',
    numberDigits: 'has too many digits',
    numberSize: 'is too large or too close to zero',
    numberInexact: 'has more digits than a JSON number can hold; send it as text',
    seen: 'candidates have seen this question, so only its grading can be changed',
    other: 'is not valid'
  }
} as const

/** The same keys with any texts: what every language must have. */
export type Texts = { readonly [Group in keyof typeof en]: { readonly [Key in keyof typeof en[Group]]: string } }
