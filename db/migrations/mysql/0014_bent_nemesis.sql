CREATE TABLE `analyses` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`recording_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`requested_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`done_ms` bigint NOT NULL,
	`tries` int NOT NULL,
	`found` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`models` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`failure` varchar(64) character set utf8mb4 collate utf8mb4_bin,
	`created_at` datetime(3) NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `analyses_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `analyses` ADD CONSTRAINT `analyses_recording_id_recordings_id_fk` FOREIGN KEY (`recording_id`) REFERENCES `recordings`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `analyses_recording` ON `analyses` (`recording_id`,`id`);--> statement-breakpoint
CREATE INDEX `analyses_state` ON `analyses` (`state`,`id`);