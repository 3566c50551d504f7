CREATE TABLE `report_keys` (
	`kid` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`x` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`is_self_issued` boolean NOT NULL,
	`first_used_at` datetime(3) NOT NULL,
	CONSTRAINT `report_keys_kid` PRIMARY KEY(`kid`)
);
--> statement-breakpoint
CREATE TABLE `signed_reports` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`language` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`decision` varchar(16) character set utf8mb4 collate utf8mb4_bin,
	`kid` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`sha256` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`chain_head` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`entries` int NOT NULL,
	`bytes` bigint NOT NULL,
	`issued_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`issued_at` datetime(3) NOT NULL,
	`withdrawn_at` datetime(3),
	`is_stored` boolean NOT NULL,
	CONSTRAINT `signed_reports_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `signed_reports` ADD CONSTRAINT `signed_reports_session_id_sessions_id_fk` FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `signed_reports_session` ON `signed_reports` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `signed_reports_withdrawn` ON `signed_reports` (`withdrawn_at`);