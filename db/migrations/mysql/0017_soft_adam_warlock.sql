CREATE TABLE `storyboard_sheets` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`recording_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`started_at` datetime(3) NOT NULL,
	`offsets_ms` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`columns` int NOT NULL,
	`tile_width` int NOT NULL,
	`tile_height` int NOT NULL,
	`bytes` bigint NOT NULL,
	`sha256` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`storage_key` varchar(255) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	CONSTRAINT `storyboard_sheets_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `storyboard_sheets` ADD CONSTRAINT `storyboard_sheets_recording_id_recordings_id_fk` FOREIGN KEY (`recording_id`) REFERENCES `recordings`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `storyboard_sheets` ADD CONSTRAINT `storyboard_sheets_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `storyboard_sheets_recording` ON `storyboard_sheets` (`recording_id`,`id`);--> statement-breakpoint
CREATE INDEX `storyboard_sheets_session` ON `storyboard_sheets` (`session_id`,`started_at`);