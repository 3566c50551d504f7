CREATE TABLE `report_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`x` text NOT NULL,
	`is_self_issued` integer NOT NULL,
	`first_used_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `signed_reports` (
	`id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`language` text NOT NULL,
	`decision` text,
	`kid` text NOT NULL,
	`sha256` text NOT NULL,
	`chain_head` text NOT NULL,
	`entries` integer NOT NULL,
	`bytes` integer NOT NULL,
	`issued_by` text NOT NULL,
	`issued_at` integer NOT NULL,
	`withdrawn_at` integer,
	`is_stored` integer NOT NULL,
	FOREIGN KEY (`session_id`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `signed_reports_session` ON `signed_reports` (`session_id`,`id`);--> statement-breakpoint
CREATE INDEX `signed_reports_withdrawn` ON `signed_reports` (`withdrawn_at`);