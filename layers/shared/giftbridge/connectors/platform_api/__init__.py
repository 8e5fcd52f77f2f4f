"""What all platforms have in common that serve the Platform API (docs/platform-api.yaml): contacts, money, webhooks."""
