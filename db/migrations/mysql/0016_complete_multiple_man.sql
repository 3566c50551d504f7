CREATE TABLE `bulk_dismissals` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`kind` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`below_ms` bigint,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`event_ids` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`sample_ids` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`dismissed` int NOT NULL DEFAULT 0,
	`drawn_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`drawn_at` datetime(3) NOT NULL,
	CONSTRAINT `bulk_dismissals_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE INDEX `bulk_dismissals_exam` ON `bulk_dismissals` (`exam_id`,`kind`,`id`);