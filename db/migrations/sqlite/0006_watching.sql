CREATE TABLE `face_enrollments` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`action` text NOT NULL,
	`changed_by` text NOT NULL,
	`address` text NOT NULL,
	`at` integer NOT NULL,
	`confirmed_by` text,
	`confirmed_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `face_enrollments_user` ON `face_enrollments` (`user_id`,`id`);--> statement-breakpoint
ALTER TABLE `attempts` ADD `submit_key` text;--> statement-breakpoint
ALTER TABLE `attempts` ADD `unwatched_allowed_at` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `another_allowed_at` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `reopened_at` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `seen_percent` real;--> statement-breakpoint
ALTER TABLE `sessions` ADD `is_enough_seen` integer DEFAULT true NOT NULL;
