CREATE TABLE `audit_log` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`actor_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`action` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`target_type` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`target_id` varchar(255) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`detail` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `audit_log_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `events` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`kind` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`phase` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`incident` int NOT NULL,
	`at` datetime(3) NOT NULL,
	`duration_ms` bigint,
	`class` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`severity` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`weight` double NOT NULL,
	`detail` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `events_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `refresh_tokens` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`family_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`token_hash` varchar(128) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	`used_at` datetime(3),
	`revoked_at` datetime(3),
	CONSTRAINT `refresh_tokens_id` PRIMARY KEY(`id`),
	CONSTRAINT `refresh_tokens_hash` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `session_pauses` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`started_at` datetime(3) NOT NULL,
	`ended_at` datetime(3),
	`paused_by` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	CONSTRAINT `session_pauses_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`open_for` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`started_at` datetime(3) NOT NULL,
	`ended_at` datetime(3),
	`end_reason` varchar(1000) character set utf8mb4 collate utf8mb4_bin,
	`risk_score` double NOT NULL,
	`trust_score` double NOT NULL,
	`compliance_score` double NOT NULL,
	`event_count` int NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `sessions_id` PRIMARY KEY(`id`),
	CONSTRAINT `sessions_open_for` UNIQUE(`open_for`)
);
--> statement-breakpoint
CREATE TABLE `settings` (
	`key` varchar(128) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`value` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	CONSTRAINT `settings_key` PRIMARY KEY(`key`)
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`email` varchar(320) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`name` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`role` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`password_hash` varchar(255) character set utf8mb4 collate utf8mb4_bin,
	`face_embedding` mediumblob,
	`face_picture` varchar(500) character set utf8mb4 collate utf8mb4_bin,
	`locale` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`disabled_at` datetime(3),
	`tokens_valid_after` datetime(3) NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `users_id` PRIMARY KEY(`id`),
	CONSTRAINT `users_email` UNIQUE(`email`)
);
--> statement-breakpoint
ALTER TABLE `events` ADD CONSTRAINT `events_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `refresh_tokens` ADD CONSTRAINT `refresh_tokens_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `session_pauses` ADD CONSTRAINT `session_pauses_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `sessions` ADD CONSTRAINT `sessions_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `audit_log_actor` ON `audit_log` (`actor_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_log_target` ON `audit_log` (`target_type`,`target_id`,`id`);--> statement-breakpoint
CREATE INDEX `events_session` ON `events` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `refresh_tokens_user` ON `refresh_tokens` (`user_id`);--> statement-breakpoint
CREATE INDEX `refresh_tokens_family` ON `refresh_tokens` (`family_id`);--> statement-breakpoint
CREATE INDEX `refresh_tokens_expires` ON `refresh_tokens` (`expires_at`);--> statement-breakpoint
CREATE INDEX `session_pauses_session` ON `session_pauses` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_exam` ON `sessions` (`exam_id`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_state` ON `sessions` (`state`,`id`);--> statement-breakpoint
CREATE INDEX `users_role` ON `users` (`role`,`id`);