CREATE TABLE `face_enrollments` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`action` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`changed_by` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`address` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	`confirmed_by` varchar(64) character set utf8mb4 collate utf8mb4_bin,
	`confirmed_at` datetime(3),
	CONSTRAINT `face_enrollments_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `attempts` ADD `submit_key` varchar(64) character set utf8mb4 collate utf8mb4_bin;--> statement-breakpoint
ALTER TABLE `attempts` ADD `unwatched_allowed_at` datetime(3);--> statement-breakpoint
ALTER TABLE `attempts` ADD `another_allowed_at` datetime(3);--> statement-breakpoint
ALTER TABLE `attempts` ADD `reopened_at` datetime(3);--> statement-breakpoint
ALTER TABLE `sessions` ADD `seen_percent` double;--> statement-breakpoint
ALTER TABLE `sessions` ADD `is_enough_seen` boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `face_enrollments` ADD CONSTRAINT `face_enrollments_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `face_enrollments_user` ON `face_enrollments` (`user_id`,`id`);