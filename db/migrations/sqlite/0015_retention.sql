CREATE TABLE `legal_holds` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`session_id` text,
	`attempt_id` text,
	`reason` text NOT NULL,
	`placed_by` text NOT NULL,
	`placed_at` integer NOT NULL,
	`released_by` text,
	`released_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `legal_holds_user` ON `legal_holds` (`user_id`,`released_at`);--> statement-breakpoint
CREATE INDEX `legal_holds_active` ON `legal_holds` (`released_at`,`id`);--> statement-breakpoint
CREATE INDEX `evidence_stored` ON `evidence` (`deleted_at`,`id`);