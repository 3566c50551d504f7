CREATE TABLE `media_keys` (
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`wrapped` mediumblob NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `media_keys_session_id` PRIMARY KEY(`session_id`)
);
--> statement-breakpoint
CREATE TABLE `recordings` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`mode` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`started_at` datetime(3) NOT NULL,
	`duration_ms` bigint,
	`bytes` bigint,
	`sha256` varchar(64) character set utf8mb4 collate utf8mb4_bin,
	`media_type` varchar(128) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`storage_key` varchar(255) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`gaps` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`failure` varchar(64) character set utf8mb4 collate utf8mb4_bin,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `recordings_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `media_keys` ADD CONSTRAINT `media_keys_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `recordings` ADD CONSTRAINT `recordings_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `recordings_session` ON `recordings` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `recordings_user` ON `recordings` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `recordings_exam` ON `recordings` (`exam_id`,`id`);--> statement-breakpoint
CREATE INDEX `recordings_state` ON `recordings` (`state`,`id`);