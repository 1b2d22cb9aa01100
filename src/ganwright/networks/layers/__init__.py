"""What several network families share."""
