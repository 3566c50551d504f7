CREATE TABLE `accommodations` (
	`exam_id` text NOT NULL,
	`user_id` text NOT NULL,
	`extra_time_share` real NOT NULL,
	`flags` text NOT NULL,
	`granted_by` text NOT NULL,
	`reason` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`exam_id`, `user_id`),
	FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `accommodations_user` ON `accommodations` (`user_id`);--> statement-breakpoint
CREATE TABLE `answers` (
	`attempt_id` text NOT NULL,
	`question_id` text NOT NULL,
	`value` text NOT NULL,
	`saved_at` integer NOT NULL,
	`client_seq` integer NOT NULL,
	PRIMARY KEY(`attempt_id`, `question_id`),
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `attempts` (
	`id` text PRIMARY KEY NOT NULL,
	`exam_id` text NOT NULL,
	`user_id` text NOT NULL,
	`open_for` text,
	`number` integer NOT NULL,
	`state` text NOT NULL,
	`started_at` integer NOT NULL,
	`due_at` integer,
	`submitted_at` integer,
	`submitted_by` text,
	`exam_version` integer NOT NULL,
	`policy_version` integer NOT NULL,
	`auto_graded_at` integer,
	`graded_at` integer,
	`points` real,
	`points_max` real,
	FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_open_for` ON `attempts` (`open_for`);--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_number` ON `attempts` (`exam_id`,`user_id`,`number`);--> statement-breakpoint
CREATE INDEX `attempts_exam` ON `attempts` (`exam_id`,`id`);--> statement-breakpoint
CREATE INDEX `attempts_user` ON `attempts` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `attempts_due` ON `attempts` (`state`,`due_at`);--> statement-breakpoint
CREATE INDEX `attempts_ungraded` ON `attempts` (`state`,`auto_graded_at`,`id`);--> statement-breakpoint
CREATE TABLE `code_submissions` (
	`id` text PRIMARY KEY NOT NULL,
	`attempt_id` text NOT NULL,
	`question_id` text NOT NULL,
	`language` text NOT NULL,
	`code` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `code_submissions_attempt` ON `code_submissions` (`attempt_id`,`id`);--> statement-breakpoint
CREATE INDEX `code_submissions_question` ON `code_submissions` (`attempt_id`,`question_id`,`id`);--> statement-breakpoint
CREATE TABLE `event_hours` (
	`at` integer PRIMARY KEY NOT NULL,
	`sessions` integer NOT NULL,
	`events` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `exam_assignments` (
	`exam_id` text NOT NULL,
	`user_id` text NOT NULL,
	PRIMARY KEY(`exam_id`, `user_id`),
	FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `exam_assignments_user` ON `exam_assignments` (`user_id`,`exam_id`);--> statement-breakpoint
CREATE TABLE `exams` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`opens_at` integer,
	`closes_at` integer,
	`duration_ms` integer,
	`attempts_max` integer,
	`language` text NOT NULL,
	`shuffle` integer NOT NULL,
	`is_open_to_all` integer NOT NULL,
	`needs_preflight` integer NOT NULL,
	`state` text NOT NULL,
	`policy` text NOT NULL,
	`policy_version` integer NOT NULL,
	`results_released_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `exams_owner` ON `exams` (`owner_id`,`id`);--> statement-breakpoint
CREATE INDEX `exams_state` ON `exams` (`state`,`id`);--> statement-breakpoint
CREATE TABLE `grades` (
	`attempt_id` text NOT NULL,
	`question_id` text NOT NULL,
	`points` real,
	`points_max` real NOT NULL,
	`is_auto` integer NOT NULL,
	`grader_id` text,
	`comment` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`attempt_id`, `question_id`),
	FOREIGN KEY (`attempt_id`) REFERENCES `attempts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `preflights` (
	`id` text PRIMARY KEY NOT NULL,
	`exam_id` text NOT NULL,
	`user_id` text NOT NULL,
	`is_passed` integer NOT NULL,
	`checks` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `preflights_exam` ON `preflights` (`exam_id`,`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `preflights_user` ON `preflights` (`user_id`);--> statement-breakpoint
CREATE TABLE `questions` (
	`id` text PRIMARY KEY NOT NULL,
	`exam_id` text NOT NULL,
	`position` integer NOT NULL,
	`section` text NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL,
	`points` real NOT NULL,
	`body` text NOT NULL,
	FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `questions_exam` ON `questions` (`exam_id`,`position`,`id`);--> statement-breakpoint
ALTER TABLE `sessions` ADD `attempt_id` text;--> statement-breakpoint
CREATE INDEX `sessions_attempt` ON `sessions` (`attempt_id`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_started` ON `sessions` (`started_at`);--> statement-breakpoint
CREATE INDEX `sessions_risk` ON `sessions` (`risk_score`,`id`);--> statement-breakpoint
CREATE INDEX `events_user` ON `events` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `events_kind` ON `events` (`kind`,`id`);