CREATE TABLE "legal_holds" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"session_id" varchar(36) COLLATE "C",
	"attempt_id" varchar(36) COLLATE "C",
	"reason" varchar(1000) COLLATE "C" NOT NULL,
	"placed_by" varchar(36) COLLATE "C" NOT NULL,
	"placed_at" timestamp(3) with time zone NOT NULL,
	"released_by" varchar(36) COLLATE "C",
	"released_at" timestamp(3) with time zone
);
--> statement-breakpoint
ALTER TABLE "legal_holds" ADD CONSTRAINT "legal_holds_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "legal_holds_user" ON "legal_holds" USING btree ("user_id","released_at");--> statement-breakpoint
CREATE INDEX "legal_holds_active" ON "legal_holds" USING btree ("released_at","id");--> statement-breakpoint
CREATE INDEX "evidence_stored" ON "evidence" USING btree ("deleted_at","id");