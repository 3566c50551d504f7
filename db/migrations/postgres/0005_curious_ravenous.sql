CREATE TABLE "analyses" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"recording_id" varchar(36) COLLATE "C" NOT NULL,
	"requested_by" varchar(36) COLLATE "C" NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"done_ms" bigint NOT NULL,
	"tries" integer NOT NULL,
	"found" text COLLATE "C" NOT NULL,
	"models" text COLLATE "C" NOT NULL,
	"failure" varchar(64) COLLATE "C",
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "analyses" ADD CONSTRAINT "analyses_recording_id_recordings_id_fk" FOREIGN KEY ("recording_id") REFERENCES "public"."recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "analyses_recording" ON "analyses" USING btree ("recording_id","id");--> statement-breakpoint
CREATE INDEX "analyses_state" ON "analyses" USING btree ("state","id");