"""What the service is measured with: functions as a user of it writes them."""
