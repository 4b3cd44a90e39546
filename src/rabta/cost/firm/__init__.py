"""What an outage costs one firm or one freelancer, by its own calendar and figures."""
