CREATE TABLE `appeals` (
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`text` varchar(2000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`opened_at` datetime(3) NOT NULL,
	`answer` varchar(2000) character set utf8mb4 collate utf8mb4_bin,
	`answered_by` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`answered_at` datetime(3),
	`reason` varchar(1000) character set utf8mb4 collate utf8mb4_bin,
	`closed_by` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`closed_at` datetime(3),
	CONSTRAINT `appeals_session_id` PRIMARY KEY(`session_id`)
);
--> statement-breakpoint
CREATE TABLE `consents` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`notice_version` varchar(32) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`notice_sha256` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`language` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`notice` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`items` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`given_at` datetime(3) NOT NULL,
	`withdrawn_at` datetime(3),
	`is_current` int,
	CONSTRAINT `consents_id` PRIMARY KEY(`id`),
	CONSTRAINT `consents_current` UNIQUE(`user_id`,`exam_id`,`is_current`)
);
--> statement-breakpoint
CREATE TABLE `evidence` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`event_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`kind` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	`media_type` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`bytes` bigint NOT NULL,
	`sha256` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`storage_key` varchar(255) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`seen` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`deleted_at` datetime(3),
	CONSTRAINT `evidence_id` PRIMARY KEY(`id`),
	CONSTRAINT `evidence_event` UNIQUE(`event_id`,`kind`)
);
--> statement-breakpoint
CREATE TABLE `evidence_views` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`event_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`what` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`viewer_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`viewer_role` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `evidence_views_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `incident_reviews` (
	`event_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`reason` varchar(1000) character set utf8mb4 collate utf8mb4_bin,
	`is_without_evidence` boolean NOT NULL DEFAULT false,
	`reviewed_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `incident_reviews_event_id` PRIMARY KEY(`event_id`)
);
--> statement-breakpoint
CREATE TABLE `review_decisions` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`step` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`decision` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`reason` varchar(1000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`decided_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `review_decisions_id` PRIMARY KEY(`id`),
	CONSTRAINT `review_decisions_step` UNIQUE(`session_id`,`step`)
);
--> statement-breakpoint
CREATE TABLE `review_notes` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`event_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`kind` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`author_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`text` varchar(1000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `review_notes_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `session_reviews` (
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`claimed_by` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`claimed_until` datetime(3),
	`decision` varchar(16) character set utf8mb4 collate utf8mb4_bin,
	`is_disputed` boolean NOT NULL DEFAULT false,
	`decided_at` datetime(3),
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `session_reviews_session_id` PRIMARY KEY(`session_id`)
);
--> statement-breakpoint
ALTER TABLE `appeals` ADD CONSTRAINT `appeals_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `consents` ADD CONSTRAINT `consents_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `evidence` ADD CONSTRAINT `evidence_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `evidence_views` ADD CONSTRAINT `evidence_views_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `incident_reviews` ADD CONSTRAINT `incident_reviews_event_id_events_id_fk` FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `incident_reviews` ADD CONSTRAINT `incident_reviews_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `review_decisions` ADD CONSTRAINT `review_decisions_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `review_notes` ADD CONSTRAINT `review_notes_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `session_reviews` ADD CONSTRAINT `session_reviews_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `appeals_state` ON `appeals` (`state`,`opened_at`);--> statement-breakpoint
CREATE INDEX `consents_exam` ON `consents` (`exam_id`,`id`);--> statement-breakpoint
CREATE INDEX `evidence_session` ON `evidence` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `evidence_views_session` ON `evidence_views` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `evidence_views_event` ON `evidence_views` (`event_id`,`viewer_id`);--> statement-breakpoint
CREATE INDEX `incident_reviews_session` ON `incident_reviews` (`session_id`,`event_id`);--> statement-breakpoint
CREATE INDEX `review_notes_session` ON `review_notes` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `session_reviews_state` ON `session_reviews` (`state`,`updated_at`);--> statement-breakpoint
CREATE INDEX `session_reviews_claim` ON `session_reviews` (`claimed_by`);