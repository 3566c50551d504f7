CREATE TABLE `media_keys` (
	`session_id` text PRIMARY KEY NOT NULL,
	`wrapped` blob NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `recordings` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`user_id` text NOT NULL,
	`exam_id` text,
	`mode` text NOT NULL,
	`state` text NOT NULL,
	`started_at` integer NOT NULL,
	`duration_ms` integer,
	`bytes` integer,
	`sha256` text,
	`media_type` text NOT NULL,
	`storage_key` text NOT NULL,
	`gaps` text NOT NULL,
	`failure` text,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `recordings_session` ON `recordings` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `recordings_user` ON `recordings` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `recordings_exam` ON `recordings` (`exam_id`,`id`);--> statement-breakpoint
CREATE INDEX `recordings_state` ON `recordings` (`state`,`id`);