CREATE TABLE `question_corrections` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`question_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`number` int NOT NULL,
	`before_key` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`after_key` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`regrades_manual` boolean NOT NULL,
	`corrected_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`reason` varchar(1000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	`finished_at` datetime(3),
	`attempts` int NOT NULL,
	`changed` int NOT NULL,
	CONSTRAINT `question_corrections_id` PRIMARY KEY(`id`),
	CONSTRAINT `question_corrections_number` UNIQUE(`exam_id`,`number`)
);
--> statement-breakpoint
ALTER TABLE `attempts` ADD `key_version` int DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `attempts` ADD `corrected_at` datetime(3);--> statement-breakpoint
ALTER TABLE `grades` ADD `correction_id` varchar(36) character set utf8mb4 collate utf8mb4_bin;--> statement-breakpoint
ALTER TABLE `grades` ADD `points_before` double;--> statement-breakpoint
ALTER TABLE `question_corrections` ADD CONSTRAINT `question_corrections_exam_id_exams_id_fk` FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `question_corrections_unfinished` ON `question_corrections` (`finished_at`,`exam_id`);