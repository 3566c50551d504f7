ALTER TABLE `exams` ADD `title_folded` mediumtext character set utf8mb4 collate utf8mb4_bin;--> statement-breakpoint
ALTER TABLE `users` ADD `email_folded` mediumtext character set utf8mb4 collate utf8mb4_bin;--> statement-breakpoint
ALTER TABLE `users` ADD `name_folded` mediumtext character set utf8mb4 collate utf8mb4_bin;