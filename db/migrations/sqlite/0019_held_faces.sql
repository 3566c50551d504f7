CREATE TABLE `held_faces` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`embedding` blob NOT NULL,
	`removed_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `held_faces_user` ON `held_faces` (`user_id`,`id`);