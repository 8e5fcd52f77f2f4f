"""Thanks: what is given in the CRM becomes a task or a note of the platform, and what donors do with it comes back."""
