CREATE TABLE `question_corrections` (
	`id` text PRIMARY KEY NOT NULL,
	`exam_id` text NOT NULL,
	`question_id` text NOT NULL,
	`number` integer NOT NULL,
	`before_key` text NOT NULL,
	`after_key` text NOT NULL,
	`regrades_manual` integer NOT NULL,
	`corrected_by` text NOT NULL,
	`reason` text NOT NULL,
	`at` integer NOT NULL,
	`finished_at` integer,
	`attempts` integer NOT NULL,
	`changed` integer NOT NULL,
	FOREIGN KEY (`exam_id`) REFERENCES `exams`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `question_corrections_number` ON `question_corrections` (`exam_id`,`number`);--> statement-breakpoint
CREATE INDEX `question_corrections_unfinished` ON `question_corrections` (`finished_at`,`exam_id`);--> statement-breakpoint
ALTER TABLE `attempts` ADD `key_version` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `attempts` ADD `corrected_at` integer;--> statement-breakpoint
ALTER TABLE `grades` ADD `correction_id` text;--> statement-breakpoint
ALTER TABLE `grades` ADD `points_before` real;