CREATE TABLE `held_faces` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`embedding` mediumblob NOT NULL,
	`removed_at` datetime(3) NOT NULL,
	CONSTRAINT `held_faces_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `held_faces` ADD CONSTRAINT `held_faces_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `held_faces_user` ON `held_faces` (`user_id`,`id`);