CREATE TABLE "accommodations" (
	"exam_id" varchar(36) COLLATE "C" NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"extra_time_share" double precision NOT NULL,
	"flags" text COLLATE "C" NOT NULL,
	"granted_by" varchar(36) COLLATE "C" NOT NULL,
	"reason" varchar(1000) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "accommodations_key" PRIMARY KEY("exam_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "acknowledgements" (
	"event_id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"note" varchar(500) COLLATE "C",
	"acknowledged_by" varchar(36) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "answers" (
	"attempt_id" varchar(36) COLLATE "C" NOT NULL,
	"question_id" varchar(36) COLLATE "C" NOT NULL,
	"value" text COLLATE "C" NOT NULL,
	"saved_at" timestamp(3) with time zone NOT NULL,
	"client_seq" bigint NOT NULL,
	CONSTRAINT "answers_key" PRIMARY KEY("attempt_id","question_id")
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"exam_id" varchar(36) COLLATE "C" NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"open_for" varchar(36) COLLATE "C",
	"number" integer NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"due_at" timestamp(3) with time zone,
	"submitted_at" timestamp(3) with time zone,
	"submitted_by" varchar(16) COLLATE "C",
	"exam_version" integer NOT NULL,
	"policy_version" integer NOT NULL,
	"auto_graded_at" timestamp(3) with time zone,
	"graded_at" timestamp(3) with time zone,
	"points" double precision,
	"points_max" double precision,
	"key_version" integer DEFAULT 0 NOT NULL,
	"corrected_at" timestamp(3) with time zone,
	"submit_key" varchar(64) COLLATE "C",
	"unwatched_allowed_at" timestamp(3) with time zone,
	"another_allowed_at" timestamp(3) with time zone,
	"reopened_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"actor_id" varchar(36) COLLATE "C",
	"action" varchar(64) COLLATE "C" NOT NULL,
	"target_type" varchar(64) COLLATE "C" NOT NULL,
	"target_id" varchar(255) COLLATE "C" NOT NULL,
	"detail" text COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "code_submissions" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"attempt_id" varchar(36) COLLATE "C" NOT NULL,
	"question_id" varchar(36) COLLATE "C" NOT NULL,
	"language" varchar(64) COLLATE "C" NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "devices" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"token_hash" varchar(128) COLLATE "C" NOT NULL,
	"label" varchar(64) COLLATE "C",
	"created_at" timestamp(3) with time zone NOT NULL,
	"used_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "event_hours" (
	"at" timestamp(3) with time zone PRIMARY KEY NOT NULL,
	"sessions" integer NOT NULL,
	"events" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"kind" varchar(64) COLLATE "C" NOT NULL,
	"phase" varchar(16) COLLATE "C" NOT NULL,
	"incident" integer NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"duration_ms" bigint,
	"class" varchar(16) COLLATE "C" NOT NULL,
	"severity" varchar(16) COLLATE "C" NOT NULL,
	"weight" double precision NOT NULL,
	"detail" text COLLATE "C" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "exam_assignments" (
	"exam_id" varchar(36) COLLATE "C" NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	CONSTRAINT "exam_assignments_key" PRIMARY KEY("exam_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "exams" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"owner_id" varchar(36) COLLATE "C" NOT NULL,
	"title" varchar(200) COLLATE "C" NOT NULL,
	"title_folded" text COLLATE "C",
	"description" text COLLATE "C" NOT NULL,
	"opens_at" timestamp(3) with time zone,
	"closes_at" timestamp(3) with time zone,
	"duration_ms" bigint,
	"attempts_max" integer,
	"language" varchar(16) COLLATE "C" NOT NULL,
	"shuffle" boolean NOT NULL,
	"is_open_to_all" boolean NOT NULL,
	"needs_preflight" boolean NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"policy" text COLLATE "C" NOT NULL,
	"policy_version" integer NOT NULL,
	"results_released_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	"version" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "face_enrollments" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"action" varchar(16) COLLATE "C" NOT NULL,
	"changed_by" varchar(64) COLLATE "C" NOT NULL,
	"address" varchar(64) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"confirmed_by" varchar(64) COLLATE "C",
	"confirmed_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "grades" (
	"attempt_id" varchar(36) COLLATE "C" NOT NULL,
	"question_id" varchar(36) COLLATE "C" NOT NULL,
	"points" double precision,
	"points_max" double precision NOT NULL,
	"is_auto" boolean NOT NULL,
	"grader_id" varchar(36) COLLATE "C",
	"comment" text COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"correction_id" varchar(36) COLLATE "C",
	"points_before" double precision,
	CONSTRAINT "grades_key" PRIMARY KEY("attempt_id","question_id")
);
--> statement-breakpoint
CREATE TABLE "invitations" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"token_hash" varchar(128) COLLATE "C" NOT NULL,
	"created_by" varchar(36) COLLATE "C" NOT NULL,
	"role" varchar(16) COLLATE "C" NOT NULL,
	"email" varchar(320) COLLATE "C",
	"exam_id" varchar(36) COLLATE "C",
	"uses_max" integer NOT NULL,
	"uses" integer NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"revoked_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "media_keys" (
	"session_id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"wrapped" "bytea" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"author_id" varchar(36) COLLATE "C" NOT NULL,
	"direction" varchar(16) COLLATE "C" NOT NULL,
	"kind" varchar(16) COLLATE "C" NOT NULL,
	"canned" varchar(64) COLLATE "C",
	"text" varchar(500) COLLATE "C" NOT NULL,
	"client_id" varchar(64) COLLATE "C",
	"created_at" timestamp(3) with time zone NOT NULL,
	"delivered_at" timestamp(3) with time zone,
	"seen_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "preflights" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"exam_id" varchar(36) COLLATE "C" NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"is_passed" boolean NOT NULL,
	"checks" text COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "question_corrections" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"exam_id" varchar(36) COLLATE "C" NOT NULL,
	"question_id" varchar(36) COLLATE "C" NOT NULL,
	"number" integer NOT NULL,
	"before_key" text COLLATE "C" NOT NULL,
	"after_key" text COLLATE "C" NOT NULL,
	"regrades_manual" boolean NOT NULL,
	"corrected_by" varchar(36) COLLATE "C" NOT NULL,
	"reason" varchar(1000) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"finished_at" timestamp(3) with time zone,
	"attempts" integer NOT NULL,
	"changed" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "questions" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"exam_id" varchar(36) COLLATE "C" NOT NULL,
	"position" integer NOT NULL,
	"section" varchar(200) COLLATE "C" NOT NULL,
	"kind" varchar(16) COLLATE "C" NOT NULL,
	"text" text COLLATE "C" NOT NULL,
	"points" double precision NOT NULL,
	"body" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recordings" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"exam_id" varchar(36) COLLATE "C",
	"mode" varchar(16) COLLATE "C" NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"duration_ms" bigint,
	"bytes" bigint,
	"sha256" varchar(64) COLLATE "C",
	"media_type" varchar(128) COLLATE "C" NOT NULL,
	"storage_key" varchar(255) COLLATE "C" NOT NULL,
	"gaps" text COLLATE "C" NOT NULL,
	"failure" varchar(64) COLLATE "C",
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"family_id" varchar(36) COLLATE "C" NOT NULL,
	"device_id" varchar(36) COLLATE "C",
	"token_hash" varchar(128) COLLATE "C" NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	"used_at" timestamp(3) with time zone,
	"revoked_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "session_pauses" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"paused_by" varchar(64) COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"open_for" varchar(36) COLLATE "C",
	"exam_id" varchar(36) COLLATE "C",
	"attempt_id" varchar(36) COLLATE "C",
	"state" varchar(16) COLLATE "C" NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"ended_at" timestamp(3) with time zone,
	"end_reason" varchar(1000) COLLATE "C",
	"risk_score" double precision NOT NULL,
	"trust_score" double precision NOT NULL,
	"compliance_score" double precision NOT NULL,
	"event_count" integer NOT NULL,
	"seen_percent" double precision,
	"is_enough_seen" boolean DEFAULT true NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	"epoch" integer DEFAULT 0 NOT NULL,
	"hand_raised_at" timestamp(3) with time zone,
	"break_asked_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"key" varchar(128) COLLATE "C" PRIMARY KEY NOT NULL,
	"value" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"email" varchar(320) COLLATE "C" NOT NULL,
	"name" varchar(200) COLLATE "C" NOT NULL,
	"email_folded" text COLLATE "C",
	"name_folded" text COLLATE "C",
	"role" varchar(16) COLLATE "C" NOT NULL,
	"password_hash" varchar(255) COLLATE "C",
	"face_embedding" "bytea",
	"face_picture" varchar(500) COLLATE "C",
	"locale" varchar(16) COLLATE "C" NOT NULL,
	"disabled_at" timestamp(3) with time zone,
	"tokens_valid_after" timestamp(3) with time zone NOT NULL,
	"credential_version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "accommodations" ADD CONSTRAINT "accommodations_exam_id_exams_id_fk" FOREIGN KEY ("exam_id") REFERENCES "public"."exams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accommodations" ADD CONSTRAINT "accommodations_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "acknowledgements" ADD CONSTRAINT "acknowledgements_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "acknowledgements" ADD CONSTRAINT "acknowledgements_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "answers" ADD CONSTRAINT "answers_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_exam_id_exams_id_fk" FOREIGN KEY ("exam_id") REFERENCES "public"."exams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "code_submissions" ADD CONSTRAINT "code_submissions_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "devices" ADD CONSTRAINT "devices_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exam_assignments" ADD CONSTRAINT "exam_assignments_exam_id_exams_id_fk" FOREIGN KEY ("exam_id") REFERENCES "public"."exams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exam_assignments" ADD CONSTRAINT "exam_assignments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "face_enrollments" ADD CONSTRAINT "face_enrollments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grades" ADD CONSTRAINT "grades_attempt_id_attempts_id_fk" FOREIGN KEY ("attempt_id") REFERENCES "public"."attempts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_created_by_users_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "media_keys" ADD CONSTRAINT "media_keys_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "preflights" ADD CONSTRAINT "preflights_exam_id_exams_id_fk" FOREIGN KEY ("exam_id") REFERENCES "public"."exams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "preflights" ADD CONSTRAINT "preflights_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "question_corrections" ADD CONSTRAINT "question_corrections_exam_id_exams_id_fk" FOREIGN KEY ("exam_id") REFERENCES "public"."exams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "questions" ADD CONSTRAINT "questions_exam_id_exams_id_fk" FOREIGN KEY ("exam_id") REFERENCES "public"."exams"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recordings" ADD CONSTRAINT "recordings_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_pauses" ADD CONSTRAINT "session_pauses_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accommodations_user" ON "accommodations" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "acknowledgements_session" ON "acknowledgements" USING btree ("session_id","event_id");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_open_for" ON "attempts" USING btree ("open_for");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_number" ON "attempts" USING btree ("exam_id","user_id","number");--> statement-breakpoint
CREATE INDEX "attempts_exam" ON "attempts" USING btree ("exam_id","id");--> statement-breakpoint
CREATE INDEX "attempts_user" ON "attempts" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "attempts_due" ON "attempts" USING btree ("state","due_at");--> statement-breakpoint
CREATE INDEX "attempts_ungraded" ON "attempts" USING btree ("state","auto_graded_at","id");--> statement-breakpoint
CREATE INDEX "audit_log_actor" ON "audit_log" USING btree ("actor_id","id");--> statement-breakpoint
CREATE INDEX "audit_log_target" ON "audit_log" USING btree ("target_type","target_id","id");--> statement-breakpoint
CREATE INDEX "code_submissions_attempt" ON "code_submissions" USING btree ("attempt_id","id");--> statement-breakpoint
CREATE INDEX "code_submissions_question" ON "code_submissions" USING btree ("attempt_id","question_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "devices_hash" ON "devices" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "devices_user" ON "devices" USING btree ("user_id","used_at");--> statement-breakpoint
CREATE INDEX "events_session" ON "events" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "events_user" ON "events" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "events_kind" ON "events" USING btree ("kind","id");--> statement-breakpoint
CREATE INDEX "exam_assignments_user" ON "exam_assignments" USING btree ("user_id","exam_id");--> statement-breakpoint
CREATE INDEX "exams_owner" ON "exams" USING btree ("owner_id","id");--> statement-breakpoint
CREATE INDEX "exams_state" ON "exams" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "face_enrollments_user" ON "face_enrollments" USING btree ("user_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "invitations_hash" ON "invitations" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "invitations_creator" ON "invitations" USING btree ("created_by","id");--> statement-breakpoint
CREATE INDEX "invitations_email" ON "invitations" USING btree ("email");--> statement-breakpoint
CREATE INDEX "invitations_expires" ON "invitations" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "messages_session" ON "messages" USING btree ("session_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_client" ON "messages" USING btree ("author_id","client_id","session_id");--> statement-breakpoint
CREATE INDEX "preflights_exam" ON "preflights" USING btree ("exam_id","user_id","id");--> statement-breakpoint
CREATE INDEX "preflights_user" ON "preflights" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "question_corrections_number" ON "question_corrections" USING btree ("exam_id","number");--> statement-breakpoint
CREATE INDEX "question_corrections_unfinished" ON "question_corrections" USING btree ("finished_at","exam_id");--> statement-breakpoint
CREATE INDEX "questions_exam" ON "questions" USING btree ("exam_id","position","id");--> statement-breakpoint
CREATE INDEX "recordings_session" ON "recordings" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "recordings_user" ON "recordings" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "recordings_exam" ON "recordings" USING btree ("exam_id","id");--> statement-breakpoint
CREATE INDEX "recordings_state" ON "recordings" USING btree ("state","id");--> statement-breakpoint
CREATE UNIQUE INDEX "refresh_tokens_hash" ON "refresh_tokens" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "refresh_tokens_user" ON "refresh_tokens" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "refresh_tokens_family" ON "refresh_tokens" USING btree ("family_id");--> statement-breakpoint
CREATE INDEX "refresh_tokens_expires" ON "refresh_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "session_pauses_session" ON "session_pauses" USING btree ("session_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "sessions_open_for" ON "sessions" USING btree ("open_for");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "sessions_exam" ON "sessions" USING btree ("exam_id","id");--> statement-breakpoint
CREATE INDEX "sessions_attempt" ON "sessions" USING btree ("attempt_id","id");--> statement-breakpoint
CREATE INDEX "sessions_state" ON "sessions" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "sessions_started" ON "sessions" USING btree ("started_at");--> statement-breakpoint
CREATE INDEX "sessions_risk" ON "sessions" USING btree ("risk_score","id");--> statement-breakpoint
CREATE UNIQUE INDEX "users_email" ON "users" USING btree ("email");--> statement-breakpoint
CREATE INDEX "users_role" ON "users" USING btree ("role","id");--> statement-breakpoint
ALTER TABLE "sessions" SET (fillfactor = 80);
