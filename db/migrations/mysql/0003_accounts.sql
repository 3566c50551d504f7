CREATE TABLE `devices` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`token_hash` varchar(128) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`used_at` datetime(3) NOT NULL,
	CONSTRAINT `devices_id` PRIMARY KEY(`id`),
	CONSTRAINT `devices_hash` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `invitations` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`token_hash` varchar(128) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`created_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`role` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`email` varchar(320) character set utf8mb4 collate utf8mb4_bin,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`uses_max` int NOT NULL,
	`uses` int NOT NULL,
	`created_at` datetime(3) NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	`revoked_at` datetime(3),
	CONSTRAINT `invitations_id` PRIMARY KEY(`id`),
	CONSTRAINT `invitations_hash` UNIQUE(`token_hash`)
);
--> statement-breakpoint
ALTER TABLE `refresh_tokens` ADD `device_id` varchar(36) character set utf8mb4 collate utf8mb4_bin;--> statement-breakpoint
ALTER TABLE `users` ADD `credential_version` int DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `devices` ADD CONSTRAINT `devices_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `invitations` ADD CONSTRAINT `invitations_created_by_users_id_fk` FOREIGN KEY (`created_by`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `devices_user` ON `devices` (`user_id`,`used_at`);--> statement-breakpoint
CREATE INDEX `invitations_creator` ON `invitations` (`created_by`,`id`);--> statement-breakpoint
CREATE INDEX `invitations_email` ON `invitations` (`email`);--> statement-breakpoint
CREATE INDEX `invitations_expires` ON `invitations` (`expires_at`);