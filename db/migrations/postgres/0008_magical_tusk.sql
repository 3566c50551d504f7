CREATE TABLE "storyboard_sheets" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"recording_id" varchar(36) COLLATE "C" NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"started_at" timestamp(3) with time zone NOT NULL,
	"offsets_ms" text COLLATE "C" NOT NULL,
	"columns" integer NOT NULL,
	"tile_width" integer NOT NULL,
	"tile_height" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" varchar(64) COLLATE "C" NOT NULL,
	"storage_key" varchar(255) COLLATE "C" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "storyboard_sheets" ADD CONSTRAINT "storyboard_sheets_recording_id_recordings_id_fk" FOREIGN KEY ("recording_id") REFERENCES "public"."recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "storyboard_sheets" ADD CONSTRAINT "storyboard_sheets_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "storyboard_sheets_recording" ON "storyboard_sheets" USING btree ("recording_id","id");--> statement-breakpoint
CREATE INDEX "storyboard_sheets_session" ON "storyboard_sheets" USING btree ("session_id","started_at");