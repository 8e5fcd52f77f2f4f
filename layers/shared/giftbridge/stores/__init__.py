"""DynamoDB: connections, links, runs (the sync log) and inbox (due work). The only place that knows keys."""
