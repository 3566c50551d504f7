CREATE TABLE "appeals" (
	"session_id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"text" varchar(2000) COLLATE "C" NOT NULL,
	"opened_at" timestamp(3) with time zone NOT NULL,
	"answer" varchar(2000) COLLATE "C",
	"answered_by" varchar(36) COLLATE "C",
	"answered_at" timestamp(3) with time zone,
	"reason" varchar(1000) COLLATE "C",
	"closed_by" varchar(36) COLLATE "C",
	"closed_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"exam_id" varchar(36) COLLATE "C" NOT NULL,
	"notice_version" varchar(32) COLLATE "C" NOT NULL,
	"notice_sha256" varchar(64) COLLATE "C" NOT NULL,
	"language" varchar(16) COLLATE "C" NOT NULL,
	"notice" text COLLATE "C" NOT NULL,
	"items" text COLLATE "C" NOT NULL,
	"given_at" timestamp(3) with time zone NOT NULL,
	"withdrawn_at" timestamp(3) with time zone,
	"is_current" integer
);
--> statement-breakpoint
CREATE TABLE "evidence" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"event_id" varchar(36) COLLATE "C" NOT NULL,
	"kind" varchar(16) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL,
	"media_type" varchar(64) COLLATE "C" NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" varchar(64) COLLATE "C" NOT NULL,
	"storage_key" varchar(255) COLLATE "C" NOT NULL,
	"seen" text COLLATE "C" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"deleted_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "evidence_views" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"event_id" varchar(36) COLLATE "C",
	"what" varchar(16) COLLATE "C" NOT NULL,
	"viewer_id" varchar(36) COLLATE "C" NOT NULL,
	"viewer_role" varchar(16) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "incident_reviews" (
	"event_id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"reason" varchar(1000) COLLATE "C",
	"is_without_evidence" boolean DEFAULT false NOT NULL,
	"reviewed_by" varchar(36) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "review_decisions" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"step" varchar(16) COLLATE "C" NOT NULL,
	"decision" varchar(16) COLLATE "C" NOT NULL,
	"reason" varchar(1000) COLLATE "C" NOT NULL,
	"decided_by" varchar(36) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "review_notes" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"event_id" varchar(36) COLLATE "C",
	"kind" varchar(16) COLLATE "C" NOT NULL,
	"author_id" varchar(36) COLLATE "C" NOT NULL,
	"text" varchar(1000) COLLATE "C" NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session_reviews" (
	"session_id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"claimed_by" varchar(36) COLLATE "C",
	"claimed_until" timestamp(3) with time zone,
	"decision" varchar(16) COLLATE "C",
	"is_disputed" boolean DEFAULT false NOT NULL,
	"decided_at" timestamp(3) with time zone,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "appeals" ADD CONSTRAINT "appeals_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "evidence" ADD CONSTRAINT "evidence_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "evidence_views" ADD CONSTRAINT "evidence_views_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_reviews" ADD CONSTRAINT "incident_reviews_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incident_reviews" ADD CONSTRAINT "incident_reviews_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "review_decisions" ADD CONSTRAINT "review_decisions_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "review_notes" ADD CONSTRAINT "review_notes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session_reviews" ADD CONSTRAINT "session_reviews_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "appeals_state" ON "appeals" USING btree ("state","opened_at");--> statement-breakpoint
CREATE UNIQUE INDEX "consents_current" ON "consents" USING btree ("user_id","exam_id","is_current");--> statement-breakpoint
CREATE INDEX "consents_exam" ON "consents" USING btree ("exam_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "evidence_event" ON "evidence" USING btree ("event_id","kind");--> statement-breakpoint
CREATE INDEX "evidence_session" ON "evidence" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "evidence_views_session" ON "evidence_views" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "evidence_views_event" ON "evidence_views" USING btree ("event_id","viewer_id");--> statement-breakpoint
CREATE INDEX "incident_reviews_session" ON "incident_reviews" USING btree ("session_id","event_id");--> statement-breakpoint
CREATE UNIQUE INDEX "review_decisions_step" ON "review_decisions" USING btree ("session_id","step");--> statement-breakpoint
CREATE INDEX "review_notes_session" ON "review_notes" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "session_reviews_state" ON "session_reviews" USING btree ("state","updated_at");--> statement-breakpoint
CREATE INDEX "session_reviews_claim" ON "session_reviews" USING btree ("claimed_by");