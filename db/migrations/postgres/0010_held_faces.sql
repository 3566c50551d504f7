CREATE TABLE "held_faces" (
	"id" varchar(36) COLLATE "C" PRIMARY KEY NOT NULL,
	"user_id" varchar(36) COLLATE "C" NOT NULL,
	"embedding" "bytea" NOT NULL,
	"removed_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "held_faces" ADD CONSTRAINT "held_faces_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "held_faces_user" ON "held_faces" USING btree ("user_id","id");