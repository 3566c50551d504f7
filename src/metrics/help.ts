/** What each metric says and, where its rise is bad news, what to do about it. */
export const HELP: Readonly<Record<string, string>> = {
  invigil_build_info: 'Version of the gateway and of Node; always 1.',
  invigil_model_info: 'A model in use and its version; always 1.',
  invigil_object_detector_info:
    'The object detector in use; always 1. centernet: get the better one with npm run models.',

  invigil_frames_received_total: 'Frames that candidates sent.',
  invigil_frames_analysed_total: 'Frames that were analyzed.',
  invigil_frames_dropped_total:
    'Frames that were not analyzed, by cause. replaced and late rise with the load: add workers or gateways. stale came out of order. gap: video without a key frame, as after a lost connection. invalid: a client sends data that is not a picture. failed: see the log. suspended: earlier frames of that candidate killed or held a worker.',
  invigil_sound_received_total: 'Pieces of sound that candidates sent.',
  invigil_sound_heard_total: 'Pieces of sound that were analyzed.',
  invigil_sound_dropped_total:
    'Pieces of sound that were not analyzed, by cause. overflow rises with the load: add workers or gateways.',
  invigil_screen_received_total: 'Frames of screens that candidates sent.',
  invigil_screen_recorded_total: 'Frames of screens that went to a recording.',
  invigil_screen_dropped_total:
    'Frames of screens that were not recorded, by cause. unwanted: the policy or the consent does not allow it. fast: a client sends more than it was asked for. failed: the recording has ended with recording_failed; look at the disk.',
  invigil_cluster_sent_total: 'Messages for other gateways, by kind.',
  invigil_cluster_unsent_total:
    'Messages that other gateways did not get because Redis was unreachable or too slow. Proctors there miss live updates; they read events later.',
  invigil_cluster_heard_total: 'Messages from other gateways, by kind.',
  invigil_cluster_commands_total:
    'Requests between gateways. unanswered: a gateway is down or stalled. expired: this gateway was stalled and read a request too late to execute it.',
  invigil_cluster_sessions_total:
    'Sessions that moved between gateways. seized and lost rise when a gateway or Redis goes away.',
  invigil_cluster_links_total:
    'gaps: messages may have been missed, so the events were read again from the database; lost: the connection to Redis was lost. More than a few a day: look at Redis and the network.',
  invigil_errors_total: 'Errors sent to clients, by code; docs/protocol.md lists the codes.',
  invigil_closes_total:
    'Sockets closed by the gateway, by close code. 1011 is an error of the gateway: see the log. Many 4408 and slow readers: look at the network.',
  invigil_sockets: 'Open sockets by kind.',
  invigil_messages_received_total: 'Messages from all sockets.',
  invigil_messages_sent_total: 'Messages to all sockets.',
  invigil_messages_unsent_total:
    'Droppable messages that were dropped because their reader was slow. If there are many: the network or this machine is too slow.',
  invigil_events_raised_total: 'Event rows created.',
  invigil_events_stored_total: 'Event rows committed.',
  invigil_events_retried_total: 'Commits that failed and were tried again: look at the database.',
  invigil_events_lost_total:
    'Event rows that were sent and could not be stored. Must stay 0: the database was unreachable for too long.',
  invigil_thumbnails_made_total: 'Thumbnails created for monitors.',
  invigil_evidence_begun_total: 'Pictures, clips and sounds of incidents that were begun.',
  invigil_evidence_skipped_total: 'Evidence that was not kept because there was too much of it at a time or in a session.',
  invigil_evidence_failed_total: 'Evidence that could not be written to the disk.',
  invigil_storyboard_kept_total: 'Small pictures of recordings that were kept.',
  invigil_storyboard_skipped_total: 'Small pictures of recordings that were not kept because their session had too many.',
  invigil_watching_unknown_total:
    'Questions and answers of exams with watching: required that were let through because no gateway said within a second whether the candidate is seen. Rises when a gateway is lost or the database is slow; the records of those sessions show the gap.',
  invigil_requests_dropped_total:
    'HTTP requests refused because too many were in progress, by cause. account: one account floods; address, form: one address without an account floods; pipelined: a connection with too many waiting requests was closed.',

  invigil_sessions_open: 'Sessions held in memory.',
  invigil_sessions_refused_total:
    'New sessions that were not admitted, by cause. busy: candidates wait for capacity, add workers or gateways; draining: this gateway was shutting down.',
  invigil_admitting:
    '1 when new sessions can start here, 0 when the load is above ADMIT_LOAD_MAX or the gateway drains.',
  invigil_draining: '1 after SIGTERM, until the process ends.',
  invigil_events_waiting: 'Event rows that wait for their commit. More than a few hundred: the database is slow or unreachable.',
  invigil_redis_up:
    '1 when other gateways can be reached. 0: this gateway runs alone, and its proctors see only its own candidates; look at Redis.',
  invigil_database_up:
    '1 when the database answered this scrape and the last commit went through. 0: the live feed continues, but nothing is stored; look at the database and its disk.',

  invigil_workers_wanted: 'Configured number of worker threads.',
  invigil_workers_ready:
    'Worker threads that have their models and answer. Fewer than wanted for a minute: see the log.',
  invigil_workers_replaced_total:
    'Worker threads started in place of dead or stuck ones. More than one a day: see the log, and report it.',
  invigil_load_ratio:
    "Share of the workers' time that goes into jobs, 0 to 1, over the last seconds. Above 0.7 for minutes: add a gateway.",
  invigil_jobs_running: 'Jobs given to workers.',
  invigil_jobs_queued: 'Jobs that wait for a worker. live: of exams; still: pictures sent to /analyze and at logins.',
  invigil_jobs_done_total: 'Jobs that workers finished, by kind.',
  invigil_jobs_failed_total: 'Jobs that ended in an error of their own, such as a broken picture.',
  invigil_jobs_refused_total: 'Jobs not taken because too many waited, or for too long: add workers or gateways.',
  invigil_jobs_lost_total: 'Jobs lost with their worker, by cause.',
  invigil_jobs_stale_total: 'Frames that were too old when a worker came to them: add workers or gateways.',
  invigil_video_streams: 'Video streams with an open decoder.',
  invigil_frame_age_seconds:
    'How old frames were when a worker began with them. p95 near 0.5: add workers or gateways.',
  invigil_stage_seconds: 'Time of each stage that ran on a frame, in the worker.',
  invigil_worker_seconds: "A worker's time on one job, by kind.",
  invigil_queue_seconds:
    "A picture's time between arrival and answer outside the worker: waiting, and the way there and back. Rises before frames are dropped."
}
