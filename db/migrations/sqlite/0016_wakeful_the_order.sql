CREATE TABLE `bulk_dismissals` (
	`id` text PRIMARY KEY NOT NULL,
	`exam_id` text NOT NULL,
	`kind` text NOT NULL,
	`below_ms` integer,
	`state` text NOT NULL,
	`event_ids` text NOT NULL,
	`sample_ids` text NOT NULL,
	`dismissed` integer DEFAULT 0 NOT NULL,
	`drawn_by` text NOT NULL,
	`drawn_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `bulk_dismissals_exam` ON `bulk_dismissals` (`exam_id`,`kind`,`id`);