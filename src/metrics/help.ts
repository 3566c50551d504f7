/** What each metric says and, where its rise is bad news, what to do about it. */
export const HELP: Readonly<Record<string, string>> = {
  invigil_build_info: 'Version of the gateway and of Node; always 1.',
  invigil_model_info: 'A model in use and its version; always 1.',
  invigil_object_detector_info:
    'The object detector in use; always 1. centernet: get the better one with npm run models.',

  invigil_frames_received_total: 'Frames that candidates sent.',
  invigil_frames_analysed_total: 'Frames looked at.',
  invigil_frames_dropped_total:
    'Frames not looked at, by cause. replaced and late rise with the load: add workers or gateways. stale came out of order. gap: video without a key frame, as after a lost connection. invalid: a client sends what is no picture. failed: see the log. suspended: earlier frames of that candidate killed or held a worker.',
  invigil_sound_received_total: 'Pieces of sound that candidates sent.',
  invigil_sound_heard_total: 'Pieces of sound listened to.',
  invigil_sound_dropped_total:
    'Pieces of sound not listened to, by cause. overflow rises with the load: add workers or gateways.',
  invigil_cluster_sent_total: 'Messages for other gateways, by kind.',
  invigil_cluster_unsent_total:
    'Messages that other gateways did not get because Redis was away or too slow. Proctors there miss what is fleeting; events they read later.',
  invigil_cluster_heard_total: 'Messages from other gateways, by kind.',
  invigil_cluster_commands_total:
    'What gateways asked each other to do. unanswered: a gateway is gone, or stands still. expired: this one stood still, and read a request too late to carry it out.',
  invigil_cluster_sessions_total:
    'Sessions that moved between gateways. seized and lost rise when a gateway or Redis goes away.',
  invigil_cluster_links_total:
    'gaps: something may have been missed and was read again from the database; lost: Redis went away. More than a few a day: look at Redis and the network.',
  invigil_errors_total: 'Errors told to peers, by code; the codes stand in docs/protocol.md.',
  invigil_closes_total:
    'Sockets closed by the gateway, by close code. 1011 is a fault of ours: see the log. 4408 and slow readers in numbers: look at the network.',
  invigil_sockets: 'Open sockets by kind.',
  invigil_messages_received_total: 'Messages from all sockets.',
  invigil_messages_sent_total: 'Messages to all sockets.',
  invigil_messages_unsent_total:
    'Messages that may be lost and were, because their reader was slow. In numbers: the network, or this machine, is too slow.',
  invigil_events_raised_total: 'Event rows made.',
  invigil_events_stored_total: 'Event rows committed.',
  invigil_events_retried_total: 'Commits that failed and were tried again: look at the database.',
  invigil_events_lost_total:
    'Event rows that were shown and could not be stored. Must stay 0: the database was away for too long.',
  invigil_thumbnails_made_total: 'Small pictures made for those who watch.',
  invigil_watching_unknown_total:
    'Questions and answers of exams with watching: required that were let through because no gateway said within a second whether the candidate is seen. Rises when a gateway is lost or the database is slow; the records of those sessions show the gap.',
  invigil_requests_dropped_total:
    'HTTP requests refused because too many were under way, by cause. account: one account floods; address, form: one address without an account does; pipelined: a connection was closed on which too many waited.',

  invigil_sessions_open: 'Sessions held in memory.',
  invigil_sessions_refused_total:
    'New sessions not let in, by cause. busy: candidates wait for room, add workers or gateways; draining: this gateway was about to end.',
  invigil_admitting:
    '1 when new sessions may begin here, 0 when the load is above ADMIT_LOAD_MAX or the gateway drains.',
  invigil_draining: '1 after SIGTERM, until the process ends.',
  invigil_events_waiting: 'Event rows that wait for their commit. Over a few hundred: the database is slow or away.',
  invigil_redis_up:
    '1 when other gateways can be reached. 0: this one works alone, and its proctors see its own candidates only; look at Redis.',
  invigil_database_up:
    '1 when the database answered this scrape and the last commit went through. 0: live feed goes on, nothing is stored; look at the database and its disk.',

  invigil_workers_wanted: 'Worker threads there should be.',
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
  invigil_video_streams: 'Video streams whose decoder is in a worker.',
  invigil_frame_age_seconds:
    'How old frames were when a worker began with them. p95 near 0.5: add workers or gateways.',
  invigil_stage_seconds: 'Time of each stage that ran on a frame, in the worker.',
  invigil_worker_seconds: "A worker's time on one job, by kind.",
  invigil_queue_seconds:
    "A picture's time between arrival and answer outside the worker: waiting, and the way there and back. Rises before frames are dropped."
}
