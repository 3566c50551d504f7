CREATE TABLE `analyses` (
	`id` text PRIMARY KEY NOT NULL,
	`recording_id` text NOT NULL,
	`requested_by` text NOT NULL,
	`state` text NOT NULL,
	`done_ms` integer NOT NULL,
	`tries` integer NOT NULL,
	`found` text NOT NULL,
	`models` text NOT NULL,
	`failure` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`recording_id`) REFERENCES `recordings`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `analyses_recording` ON `analyses` (`recording_id`,`id`);--> statement-breakpoint
CREATE INDEX `analyses_state` ON `analyses` (`state`,`id`);