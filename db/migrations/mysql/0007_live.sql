CREATE TABLE `acknowledgements` (
	`event_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`note` varchar(500) character set utf8mb4 collate utf8mb4_bin,
	`acknowledged_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `acknowledgements_event_id` PRIMARY KEY(`event_id`)
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`author_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`direction` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`kind` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`canned` varchar(64) character set utf8mb4 collate utf8mb4_bin,
	`text` varchar(500) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`client_id` varchar(64) character set utf8mb4 collate utf8mb4_bin,
	`created_at` datetime(3) NOT NULL,
	`delivered_at` datetime(3),
	`seen_at` datetime(3),
	CONSTRAINT `messages_id` PRIMARY KEY(`id`),
	CONSTRAINT `messages_client` UNIQUE(`author_id`,`client_id`,`session_id`)
);
--> statement-breakpoint
ALTER TABLE `sessions` ADD `hand_raised_at` datetime(3);--> statement-breakpoint
ALTER TABLE `sessions` ADD `break_asked_at` datetime(3);--> statement-breakpoint
ALTER TABLE `acknowledgements` ADD CONSTRAINT `acknowledgements_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `acknowledgements` ADD CONSTRAINT `acknowledgements_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `messages` ADD CONSTRAINT `messages_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `acknowledgements_session` ON `acknowledgements` (`session_id`,`event_id`);--> statement-breakpoint
CREATE INDEX `messages_session` ON `messages` (`session_id`,`id`);