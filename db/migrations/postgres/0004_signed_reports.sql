CREATE TABLE "report_keys" (
	"kid" varchar(64) COLLATE "C" PRIMARY KEY NOT NULL,
	"x" varchar(64) COLLATE "C" NOT NULL,
	"is_self_issued" boolean NOT NULL,
	"first_used_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "signed_reports" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"session_id" varchar(36) COLLATE "C" NOT NULL,
	"language" varchar(16) COLLATE "C" NOT NULL,
	"decision" varchar(16) COLLATE "C",
	"kid" varchar(64) COLLATE "C" NOT NULL,
	"sha256" varchar(64) COLLATE "C" NOT NULL,
	"chain_head" varchar(64) COLLATE "C" NOT NULL,
	"entries" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"issued_by" varchar(36) COLLATE "C" NOT NULL,
	"issued_at" timestamp(3) with time zone NOT NULL,
	"withdrawn_at" timestamp(3) with time zone,
	"is_stored" boolean NOT NULL
);
--> statement-breakpoint
ALTER TABLE "signed_reports" ADD CONSTRAINT "signed_reports_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "signed_reports_session" ON "signed_reports" USING btree ("session_id","id");--> statement-breakpoint
CREATE INDEX "signed_reports_withdrawn" ON "signed_reports" USING btree ("withdrawn_at");