/** What candidates read about being watched: in one exam, and in this installation. English. */
export const noticeEn = {
  /** Headings. */
  noticeTitles: {
    watched: 'What is watched',
    notWatched: 'What is not watched',
    rules: 'Rules of this exam',
    decides: 'Who decides',
    seenBy: 'Who sees it',
    kept: 'What is kept, and for how long',
    rights: 'What you can do'
  },
  /** What is watched. */
  watched: {
    face: 'Whether your face is in the picture.',
    people: 'Whether other people are in the picture.',
    gaze: 'Whether you look away from the screen for several seconds, and whether your eyes are closed. Short glances are not reported.',
    mouth: 'Whether your mouth moves as it does when you speak.',
    hands: 'Whether your hands are in the picture. This adds nothing to the risk score.',
    objects: 'Whether a phone, book, laptop, tablet, television or headphones are in the picture.',
    identity: 'Whether your face is the enrolled face of your account.',
    liveness: 'Whether the camera shows a person, and not a photograph or a recording.',
    voices: 'Whether someone speaks near the microphone. The words are not understood and not written down.',
    speakers: 'Whether a second person speaks in turn with you. For this, numbers that describe each voice are compared while the exam runs; they are not stored.',
    noise: 'Whether there is a loud noise. This adds nothing to the risk score.',
    tabs: 'Whether you switch to another tab or window.',
    fullscreen: 'Whether you leave full screen.',
    clipboard: 'Whether you copy, paste, print or open the context menu. The copied text is not sent.',
    screens: 'Whether a second screen is connected and whether developer tools are open.',
    coverage: 'How much of the time the camera saw you.',
    technical:
      'Problems of the camera, the microphone, the light and the connection. They are noted and add nothing to the risk score.',
    recordedFull: 'This exam is recorded: the picture of your camera and the sound of your microphone are kept from the start to the hand-in.',
    recordedIncidents: 'Parts of this exam are recorded: the picture of your camera and the sound of your microphone are kept from 5 seconds before something is reported until 10 seconds after it.',
    recordedScreen: 'Your whole screen is recorded, from the start to the hand-in: everything that can be seen on it, also other programs and messages that appear. Close what others should not see. The browser asks you to share it, and shows all the time that you do. Without a shared screen the exam goes on, and that is noted; it adds nothing to the risk score.',
    screenOfSome: 'Some exams record the whole screen. Such an exam says so before it begins, and asks you to share it.',
    keptEvidence: 'When something is reported, evidence of it is kept: a picture, and the picture and sound from 5 seconds before it until 5 seconds after it, a minute at most. Of sounds, a picture and the sound.'
  },
  /** What one exam leaves out. */
  notWatched: {
    face: 'This exam does not report when your face is not in the picture.',
    people: 'This exam does not report other people in the picture.',
    gaze: 'This exam does not report where you look.',
    mouth: 'This exam does not report movements of your mouth.',
    hands: 'This exam does not report your hands.',
    objects: 'This exam does not report phones or other objects.',
    identity: 'Your face is not compared with an enrolled face.',
    liveness: 'It is not checked whether the camera shows a person or a photograph.',
    voices: 'This exam does not report voices.',
    speakers: 'Voices are not told apart.',
    noise: 'This exam does not report noise.',
    tabs: 'This exam does not report when you switch to another tab or window.',
    fullscreen: 'This exam does not report when you leave full screen.',
    clipboard: 'This exam does not report copying, pasting or printing.',
    screens: 'This exam does not report second screens or developer tools.',
    coverage: 'It is not measured how much of the time the camera saw you.',
    technical: 'This exam does not report technical problems.',
    recording: 'Pictures and sound are not recorded. The server analyzes them at once and then discards them.',
    words: 'What is said is not understood and not written down.',
    emotions: 'Emotions, character and attention are not estimated.',
    typing: 'How you type and move the mouse is not watched. Of what you write, only your answers are stored.',
    computer: 'Other programs, files and browser tabs on your computer are not read.',
    screenUnjudged: 'No program analyzes the recording of your screen. What cannot be seen on the screen is not read.',
    typingUnlessScreen: 'How you type and move the mouse is not watched, unless an exam records the screen. Of what you write, your answers are stored.',
    computerUnlessScreen: 'Other programs, files and browser tabs on your computer are not read. Only an exam that records the screen keeps what can be seen of them.'
  },
  decides: {
    reports: 'The program reports what it saw and for how long. It does not decide whether someone cheated.',
    people: 'People decide. Every report names its reason, so that a person can check it.',
    teacher: '{{name}} is responsible for this exam.',
    automatic:
      'This exam can end automatically at a high risk score. A person then reviews it and can allow another attempt.',
    notAutomatic: 'The program does not end this exam because of what it saw. Only a person can do that.'
  },
  seenBy: {
    pictures: 'During the exam, staff see small pictures from your camera, about one every two seconds.',
    staff: 'Teachers see the reports of their own exams. Administrators see the reports of all exams.',
    exam: '{{name}} and the administrators see the reports of this exam.',
    candidates: 'Other candidates see nothing of it.',
    recording: 'The people who see the reports can watch the recording. Each viewing is logged.',
    evidence: 'The people who see the reports can open the evidence, and so can you where an incident is confirmed. Each viewing is logged.',
    you: 'You see the same reports on your own page, during the exam and afterward.',
    outside: 'Pictures and sound are analyzed on this server. They are not sent to another company.'
  },
  kept: {
    pictures: 'Pictures and sound: not kept, unless an exam says that it is recorded.',
    evidence: 'Evidence: for each reported incident a picture and at most a minute of video or sound, encrypted. It is deleted {{dismissed}} after people decided that it means nothing. Other pictures and sound: kept only where the exam is recorded.',
    someEvidence: 'Some exams keep a picture and a short clip of each incident, for the review and an appeal. Such an exam says so before it begins.',
    recording: 'Recording: encrypted, deleted {{recording}} after the end of your session.',
    contested: 'After a concern or an appeal, evidence and recording are kept for {{confirmed}} more, from the end of the appeal or of the time for one.',
    reports: 'Reports, messages and decisions: deleted {{records}} after the end of your session.',
    answers: 'Answers and grades: kept until an administrator erases your account.',
    face: 'Enrolled face: encrypted numbers computed from your pictures, kept until you or an administrator delete it. The pictures are not kept.',
    faceOfExam: 'Enrolled face: encrypted numbers computed from your pictures, deleted after the exam if no other exam needs it. The pictures are not kept.',
    audit: 'Your consent, and the log of what staff did with actions, ids and times: deleted after {{audit}}. The log remains after your account is erased, without your name.',
    login: 'Login: a cookie in your browser, for {{time}} without use or until you log out.'
  },
  rights: {
    read: 'You can read everything that was reported about you.',
    appeal: 'After people have decided about your session you can read their reasons and appeal.',
    withdraw: 'You can withdraw your consent at any time. That costs you nothing: staff then find another way with you.',
    face: 'You can delete your enrolled face at any time, except during an exam.',
    erase: 'You can ask an administrator to erase your account with all reports, answers and grades.',
    object: 'If you disagree with a report, tell the teacher who is responsible for the exam.'
  },
  /** What a candidate agrees to, one by one. */
  consentItems: {
    camera: 'Pictures from my camera are analyzed during the exam.',
    sound: 'Sound from my microphone is analyzed during the exam.',
    screen: 'The page reports when I leave it or leave full screen.',
    identity: 'My face is compared with the enrolled face of my account.',
    recording: 'My camera and my microphone are recorded as the notice says.',
    screenRecording: 'My whole screen is recorded, with everything that can be seen on it.',
    evidence: 'A picture and a short clip of each reported incident are kept for the review.'
  },
  consent: {
    withdrawnToStaff: 'I withdraw my consent to be watched. Please find another way with me.',
    withdrawn: 'Your consent is withdrawn and watching has stopped. This costs you nothing. Staff have been told and will find another way with you.',
    withdrawnAsk: 'Your consent is withdrawn and watching has stopped. This costs you nothing. Please speak with {{name}}, who will find another way with you.'
  }
} as const
