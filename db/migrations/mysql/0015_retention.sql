CREATE TABLE `legal_holds` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`attempt_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`reason` varchar(1000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`placed_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`placed_at` datetime(3) NOT NULL,
	`released_by` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`released_at` datetime(3),
	CONSTRAINT `legal_holds_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `legal_holds` ADD CONSTRAINT `legal_holds_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `legal_holds_user` ON `legal_holds` (`user_id`,`released_at`);--> statement-breakpoint
CREATE INDEX `legal_holds_active` ON `legal_holds` (`released_at`,`id`);--> statement-breakpoint
CREATE INDEX `evidence_stored` ON `evidence` (`deleted_at`,`id`);