CREATE TABLE `appeals` (
	`session_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`text` text NOT NULL,
	`opened_at` integer NOT NULL,
	`answer` text,
	`answered_by` text,
	`answered_at` integer,
	`reason` text,
	`closed_by` text,
	`closed_at` integer,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `appeals_state` ON `appeals` (`state`,`opened_at`);--> statement-breakpoint
CREATE TABLE `consents` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`exam_id` text NOT NULL,
	`notice_version` text NOT NULL,
	`notice_sha256` text NOT NULL,
	`language` text NOT NULL,
	`notice` text NOT NULL,
	`items` text NOT NULL,
	`given_at` integer NOT NULL,
	`withdrawn_at` integer,
	`is_current` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `consents_current` ON `consents` (`user_id`,`exam_id`,`is_current`);--> statement-breakpoint
CREATE INDEX `consents_exam` ON `consents` (`exam_id`,`id`);--> statement-breakpoint
CREATE TABLE `evidence` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`event_id` text NOT NULL,
	`kind` text NOT NULL,
	`at` integer NOT NULL,
	`media_type` text NOT NULL,
	`bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`storage_key` text NOT NULL,
	`seen` text NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `evidence_event` ON `evidence` (`event_id`,`kind`);--> statement-breakpoint
CREATE INDEX `evidence_session` ON `evidence` (`session_id`,`id`);--> statement-breakpoint
CREATE TABLE `evidence_views` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`event_id` text,
	`what` text NOT NULL,
	`viewer_id` text NOT NULL,
	`viewer_role` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `evidence_views_session` ON `evidence_views` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `evidence_views_event` ON `evidence_views` (`event_id`,`viewer_id`);--> statement-breakpoint
CREATE TABLE `incident_reviews` (
	`event_id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`is_without_evidence` integer DEFAULT false NOT NULL,
	`reviewed_by` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`event_id`) REFERENCES `events`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `incident_reviews_session` ON `incident_reviews` (`session_id`,`event_id`);--> statement-breakpoint
CREATE TABLE `review_decisions` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`step` text NOT NULL,
	`decision` text NOT NULL,
	`reason` text NOT NULL,
	`decided_by` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `review_decisions_step` ON `review_decisions` (`session_id`,`step`);--> statement-breakpoint
CREATE TABLE `review_notes` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`event_id` text,
	`kind` text NOT NULL,
	`author_id` text NOT NULL,
	`text` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `review_notes_session` ON `review_notes` (`session_id`,`id`);--> statement-breakpoint
CREATE TABLE `session_reviews` (
	`session_id` text PRIMARY KEY NOT NULL,
	`state` text NOT NULL,
	`claimed_by` text,
	`claimed_until` integer,
	`decision` text,
	`is_disputed` integer DEFAULT false NOT NULL,
	`decided_at` integer,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `session_reviews_state` ON `session_reviews` (`state`,`updated_at`);--> statement-breakpoint
CREATE INDEX `session_reviews_claim` ON `session_reviews` (`claimed_by`);