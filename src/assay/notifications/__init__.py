"""The transports of notifications: webhooks over HTTP and mails over SMTP. No error of theirs holds a secret."""
