"""RaiseDonors publishes no server API for donors and donations: it is reached through the Platform API."""
