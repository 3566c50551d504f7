/**
 * The name of every operation in the API document, from which clients are generated: a name that has been published
 * stays. A test asks that every route has one.
 */
export const OPERATION_IDS: Readonly<Record<string, string>> = {
  'GET /auth/me': 'getMe',
  'PATCH /auth/me': 'updateMe',
  'POST /auth/signup': 'signUp',
  'POST /auth/login/password': 'logInByPassword',
  'POST /auth/refresh': 'refreshTokens',
  'POST /auth/logout': 'logOut',
  'PUT /auth/me/password': 'changePassword',
  'PUT /auth/me/face': 'enrolFace',
  'DELETE /auth/me/face': 'removeFace',
  'POST /auth/login/face/challenge': 'createFaceChallenge',
  'POST /auth/login/face': 'logInByFace',

  'GET /exam/summary/{userId}': 'getSessionSummary',
  'POST /exam/start/{userId}': 'startSession',
  'POST /exam/pause/{userId}': 'pauseSession',
  'POST /exam/resume/{userId}': 'resumeSession',
  'POST /exam/stop/{userId}': 'stopSession',
  'POST /exam/clear-logs/{userId}': 'clearSessionLogs',

  'GET /exams': 'listExams',
  'POST /exams': 'createExam',
  'GET /exams/{examId}': 'getExam',
  'PATCH /exams/{examId}': 'updateExam',
  'DELETE /exams/{examId}': 'deleteExam',
  'POST /exams/{examId}/publish': 'publishExam',
  'POST /exams/{examId}/archive': 'archiveExam',
  'POST /exams/{examId}/release': 'releaseResults',
  'GET /exams/{examId}/policy': 'getExamPolicy',
  'PUT /exams/{examId}/policy': 'setExamPolicy',
  'GET /exams/{examId}/statistics': 'getExamStatistics',
  'GET /exams/{examId}/export': 'exportExam',
  'POST /exams/import': 'importExam',
  'GET /exams/{examId}/questions': 'listQuestions',
  'POST /exams/{examId}/questions': 'addQuestion',
  'PUT /exams/{examId}/questions/order': 'orderQuestions',
  'PATCH /exams/{examId}/questions/{questionId}': 'updateQuestion',
  'DELETE /exams/{examId}/questions/{questionId}': 'removeQuestion',
  'POST /exams/{examId}/questions/{questionId}/corrections': 'correctQuestion',
  'GET /exams/{examId}/corrections': 'listCorrections',
  'GET /exams/{examId}/candidates': 'listExamCandidates',
  'POST /exams/{examId}/candidates': 'assignCandidates',
  'DELETE /exams/{examId}/candidates/{userId}': 'unassignCandidate',
  'GET /exams/{examId}/attempts': 'listExamAttempts',
  'GET /exams/{examId}/accommodations': 'listAccommodations',
  'PUT /exams/{examId}/accommodations/{userId}': 'setAccommodation',
  'DELETE /exams/{examId}/accommodations/{userId}': 'removeAccommodation',
  'POST /exams/{examId}/preflight': 'checkCamera',
  'POST /exams/{examId}/start': 'startAttempt',

  'GET /attempts': 'listMyAttempts',
  'GET /attempts/{attemptId}': 'getAttempt',
  'GET /attempts/{attemptId}/questions': 'listAttemptQuestions',
  'GET /attempts/{attemptId}/answers': 'listAnswers',
  'PUT /attempts/{attemptId}/answers/{questionId}': 'saveAnswer',
  'POST /attempts/{attemptId}/submit': 'submitAttempt',
  'GET /attempts/{attemptId}/receipt': 'getReceipt',
  'POST /attempts/{attemptId}/reopen': 'reopenAttempt',
  'POST /attempts/{attemptId}/allow-another': 'allowAnotherAttempt',
  'POST /attempts/{attemptId}/allow-unwatched': 'allowUnwatched',
  'GET /attempts/{attemptId}/code': 'listCodeSubmissions',
  'POST /attempts/{attemptId}/code': 'submitCode',
  'GET /attempts/{attemptId}/result': 'getResult',
  'PUT /attempts/{attemptId}/grades/{questionId}': 'gradeAnswer',

  'GET /sessions': 'listSessions',
  'GET /sessions/{sessionId}': 'getSession',
  'GET /sessions/{sessionId}/events': 'listSessionEvents',
  'POST /sessions/{sessionId}/terminate': 'terminateSession',
  'GET /events': 'listEvents',
  'POST /events': 'reportEvents',
  'POST /analyze': 'analyze',

  'GET /users': 'listUsers',
  'GET /users/{userId}': 'getUser',
  'PATCH /users/{userId}': 'updateUser',
  'DELETE /users/{userId}': 'eraseUser',
  'POST /users/{userId}/password': 'setUserPassword',
  'POST /users/{userId}/logout': 'logOutUser',
  'GET /users/{userId}/face': 'getFaceState',
  'GET /users/{userId}/face/history': 'listFaceHistory',
  'POST /users/{userId}/face/confirm': 'confirmFace',
  'POST /invitations': 'createInvitation',
  'GET /invitations': 'listInvitations',
  'DELETE /invitations/{invitationId}': 'revokeInvitation',

  'GET /admin/candidates': 'listCandidates',
  'GET /admin/candidates/{userId}': 'getCandidate',
  'GET /admin/stats': 'getStatistics',
  'GET /admin/audit': 'listAuditEntries',
  'GET /admin/export/sessions': 'exportSessions',
  'GET /admin/export/events': 'exportEvents',
  'GET /admin/export/results': 'exportResults',

  'GET /health': 'getHealth',
  'GET /health/live': 'getLiveness',
  'GET /health/ready': 'getReadiness',
  'GET /metrics': 'getMetrics'
}

const PREFIX = '/api/v1'

/** The name of the operation at an address as OpenAPI writes it; undefined where the table has none. */
export function operationIdOf (method: string, url: string): string | undefined {
  const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : url
  return OPERATION_IDS[`${method} ${path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path}`]
}
