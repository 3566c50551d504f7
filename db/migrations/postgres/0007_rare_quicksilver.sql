CREATE TABLE "bulk_dismissals" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"exam_id" varchar(36) COLLATE "C" NOT NULL,
	"kind" varchar(64) COLLATE "C" NOT NULL,
	"below_ms" bigint,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"event_ids" text COLLATE "C" NOT NULL,
	"sample_ids" text COLLATE "C" NOT NULL,
	"dismissed" integer DEFAULT 0 NOT NULL,
	"drawn_by" varchar(36) COLLATE "C" NOT NULL,
	"drawn_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "bulk_dismissals_exam" ON "bulk_dismissals" USING btree ("exam_id","kind","id");