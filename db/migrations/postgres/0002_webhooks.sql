CREATE TABLE "webhook_deliveries" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"message_id" varchar(36) COLLATE "C" NOT NULL,
	"endpoint_id" varchar(36) COLLATE "C" NOT NULL,
	"state" varchar(16) COLLATE "C" NOT NULL,
	"attempts" integer NOT NULL,
	"next_at" timestamp(3) with time zone,
	"last_at" timestamp(3) with time zone,
	"status" integer,
	"duration_ms" integer,
	"error" varchar(32) COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"url" varchar(2000) COLLATE "C" NOT NULL,
	"types" text COLLATE "C" NOT NULL,
	"secret" "bytea" NOT NULL,
	"previous_secret" "bytea",
	"previous_until" timestamp(3) with time zone,
	"disabled_at" timestamp(3) with time zone,
	"disabled_reason" varchar(16) COLLATE "C",
	"created_by" varchar(36) COLLATE "C" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_messages" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"type" varchar(64) COLLATE "C" NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"session_id" varchar(36) COLLATE "C",
	"sequence" integer,
	"body" text COLLATE "C" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_message_id_webhook_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."webhook_messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_messages" ADD CONSTRAINT "webhook_messages_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_deliveries_pair" ON "webhook_deliveries" USING btree ("message_id","endpoint_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_endpoint" ON "webhook_deliveries" USING btree ("endpoint_id","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due" ON "webhook_deliveries" USING btree ("state","next_at");--> statement-breakpoint
CREATE INDEX "webhook_messages_user" ON "webhook_messages" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "webhook_messages_session" ON "webhook_messages" USING btree ("session_id","sequence");