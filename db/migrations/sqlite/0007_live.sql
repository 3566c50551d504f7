CREATE TABLE `acknowledgements` (
	`event_id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`state` text NOT NULL,
	`note` text,
	`acknowledged_by` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `acknowledgements_session` ON `acknowledgements` (`session_id`,`event_id`);--> statement-breakpoint
CREATE TABLE `messages` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`author_id` text NOT NULL,
	`direction` text NOT NULL,
	`kind` text NOT NULL,
	`canned` text,
	`text` text NOT NULL,
	`client_id` text,
	`created_at` integer NOT NULL,
	`delivered_at` integer,
	`seen_at` integer,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `messages_session` ON `messages` (`session_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `messages_client` ON `messages` (`author_id`,`client_id`,`session_id`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `hand_raised_at` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `break_asked_at` integer;