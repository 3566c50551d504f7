CREATE TABLE `webhook_deliveries` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`message_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`endpoint_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`state` varchar(16) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`attempts` int NOT NULL,
	`next_at` datetime(3),
	`last_at` datetime(3),
	`status` int,
	`duration_ms` int,
	`error` varchar(32) character set utf8mb4 collate utf8mb4_bin,
	CONSTRAINT `webhook_deliveries_id` PRIMARY KEY(`id`),
	CONSTRAINT `webhook_deliveries_pair` UNIQUE(`message_id`,`endpoint_id`)
);
--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`url` varchar(2000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`types` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`secret` mediumblob NOT NULL,
	`previous_secret` mediumblob,
	`previous_until` datetime(3),
	`disabled_at` datetime(3),
	`disabled_reason` varchar(16) character set utf8mb4 collate utf8mb4_bin,
	`created_by` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `webhook_endpoints_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `webhook_messages` (
	`id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`type` varchar(64) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`user_id` varchar(36) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`session_id` varchar(36) character set utf8mb4 collate utf8mb4_bin,
	`sequence` int,
	`body` mediumtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `webhook_messages_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD CONSTRAINT `webhook_deliveries_message_id_webhook_messages_id_fk` FOREIGN KEY (`message_id`) REFERENCES `webhook_messages`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `webhook_deliveries` ADD CONSTRAINT `webhook_deliveries_endpoint_id_webhook_endpoints_id_fk` FOREIGN KEY (`endpoint_id`) REFERENCES `webhook_endpoints`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `webhook_messages` ADD CONSTRAINT `webhook_messages_user_id_users_id_fk` FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_endpoint` ON `webhook_deliveries` (`endpoint_id`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`state`,`next_at`);--> statement-breakpoint
CREATE INDEX `webhook_messages_user` ON `webhook_messages` (`user_id`);--> statement-breakpoint
CREATE INDEX `webhook_messages_session` ON `webhook_messages` (`session_id`,`sequence`);