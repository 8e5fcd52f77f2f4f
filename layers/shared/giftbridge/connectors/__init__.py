"""One folder per system. Nothing outside a folder knows a vendor's word; nothing inside one knows AWS or a policy."""
