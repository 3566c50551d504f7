CREATE TABLE `storyboard_sheets` (
	`id` text PRIMARY KEY NOT NULL,
	`recording_id` text NOT NULL,
	`session_id` text NOT NULL,
	`started_at` integer NOT NULL,
	`offsets_ms` text NOT NULL,
	`columns` integer NOT NULL,
	`tile_width` integer NOT NULL,
	`tile_height` integer NOT NULL,
	`bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`storage_key` text NOT NULL,
	FOREIGN KEY (`recording_id`) REFERENCES `recordings`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `storyboard_sheets_recording` ON `storyboard_sheets` (`recording_id`,`id`);--> statement-breakpoint
CREATE INDEX `storyboard_sheets_session` ON `storyboard_sheets` (`session_id`,`started_at`);