ALTER TABLE `exams` ADD `title_folded` text;--> statement-breakpoint
ALTER TABLE `users` ADD `email_folded` text;--> statement-breakpoint
ALTER TABLE `users` ADD `name_folded` text;