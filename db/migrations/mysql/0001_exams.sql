CREATE TABLE `accommodations` (
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`extra_time_share` double NOT NULL,
	`flags` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`granted_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`reason` varchar(1000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `accommodations_key` PRIMARY KEY(`exam_id`,`user_id`)
);
--> statement-breakpoint
CREATE TABLE `answers` (
	`attempt_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`question_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`value` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`saved_at` datetime(3) NOT NULL,
	`client_seq` bigint NOT NULL,
	CONSTRAINT `answers_key` PRIMARY KEY(`attempt_id`,`question_id`)
);
--> statement-breakpoint
CREATE TABLE `attempts` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`open_for` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`number` int NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`started_at` datetime(3) NOT NULL,
	`due_at` datetime(3),
	`submitted_at` datetime(3),
	`submitted_by` varchar(16) character set utf8mb4 collate utf8mb4_bin,
	`exam_version` int NOT NULL,
	`policy_version` int NOT NULL,
	`auto_graded_at` datetime(3),
	`graded_at` datetime(3),
	`points` double,
	`points_max` double,
	CONSTRAINT `attempts_id` PRIMARY KEY(`id`),
	CONSTRAINT `attempts_open_for` UNIQUE(`open_for`),
	CONSTRAINT `attempts_number` UNIQUE(`exam_id`,`user_id`,`number`)
);
--> statement-breakpoint
CREATE TABLE `code_submissions` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`attempt_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`question_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`language` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`code` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `code_submissions_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `event_hours` (
	`at` datetime(3) NOT NULL,
	`sessions` int NOT NULL,
	`events` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	CONSTRAINT `event_hours_at` PRIMARY KEY(`at`)
);
--> statement-breakpoint
CREATE TABLE `exam_assignments` (
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	CONSTRAINT `exam_assignments_key` PRIMARY KEY(`exam_id`,`user_id`)
);
--> statement-breakpoint
CREATE TABLE `exams` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`owner_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`title` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`description` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`opens_at` datetime(3),
	`closes_at` datetime(3),
	`duration_ms` bigint,
	`attempts_max` int,
	`language` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`shuffle` boolean NOT NULL,
	`is_open_to_all` boolean NOT NULL,
	`needs_preflight` boolean NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`policy` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`policy_version` int NOT NULL,
	`results_released_at` datetime(3),
	`created_at` datetime(3) NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	`version` int NOT NULL,
	CONSTRAINT `exams_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `grades` (
	`attempt_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`question_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`points` double,
	`points_max` double NOT NULL,
	`is_auto` boolean NOT NULL,
	`grader_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`comment` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `grades_key` PRIMARY KEY(`attempt_id`,`question_id`)
);
--> statement-breakpoint
CREATE TABLE `preflights` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`is_passed` boolean NOT NULL,
	`checks` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`at` datetime(3) NOT NULL,
	CONSTRAINT `preflights_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `questions` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`exam_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`position` int NOT NULL,
	`section` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`kind` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`text` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`points` double NOT NULL,
	`body` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	CONSTRAINT `questions_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `sessions` ADD `attempt_id` varchar(36) character set utf8mb4 collate utf8mb4_bin;--> statement-breakpoint
ALTER TABLE `accommodations` ADD CONSTRAINT `accommodations_exam_id_exams_id_fk` FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `accommodations` ADD CONSTRAINT `accommodations_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `answers` ADD CONSTRAINT `answers_attempt_id_attempts_id_fk` FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `attempts` ADD CONSTRAINT `attempts_exam_id_exams_id_fk` FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `attempts` ADD CONSTRAINT `attempts_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `code_submissions` ADD CONSTRAINT `code_submissions_attempt_id_attempts_id_fk` FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `exam_assignments` ADD CONSTRAINT `exam_assignments_exam_id_exams_id_fk` FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `exam_assignments` ADD CONSTRAINT `exam_assignments_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `grades` ADD CONSTRAINT `grades_attempt_id_attempts_id_fk` FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `preflights` ADD CONSTRAINT `preflights_exam_id_exams_id_fk` FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `preflights` ADD CONSTRAINT `preflights_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `questions` ADD CONSTRAINT `questions_exam_id_exams_id_fk` FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `accommodations_user` ON `accommodations` (`user_id`);--> statement-breakpoint
CREATE INDEX `attempts_exam` ON `attempts` (`exam_id`,`id`);--> statement-breakpoint
CREATE INDEX `attempts_user` ON `attempts` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `attempts_due` ON `attempts` (`state`,`due_at`);--> statement-breakpoint
CREATE INDEX `attempts_ungraded` ON `attempts` (`state`,`auto_graded_at`,`id`);--> statement-breakpoint
CREATE INDEX `code_submissions_attempt` ON `code_submissions` (`attempt_id`,`id`);--> statement-breakpoint
CREATE INDEX `code_submissions_question` ON `code_submissions` (`attempt_id`,`question_id`,`id`);--> statement-breakpoint
CREATE INDEX `exam_assignments_user` ON `exam_assignments` (`user_id`,`exam_id`);--> statement-breakpoint
CREATE INDEX `exams_owner` ON `exams` (`owner_id`,`id`);--> statement-breakpoint
CREATE INDEX `exams_state` ON `exams` (`state`,`id`);--> statement-breakpoint
CREATE INDEX `preflights_exam` ON `preflights` (`exam_id`,`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `preflights_user` ON `preflights` (`user_id`);--> statement-breakpoint
CREATE INDEX `questions_exam` ON `questions` (`exam_id`,`position`,`id`);--> statement-breakpoint
CREATE INDEX `events_user` ON `events` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `events_kind` ON `events` (`kind`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_attempt` ON `sessions` (`attempt_id`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_started` ON `sessions` (`started_at`);--> statement-breakpoint
CREATE INDEX `sessions_risk` ON `sessions` (`risk_score`,`id`);